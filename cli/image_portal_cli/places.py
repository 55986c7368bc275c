"""Where a user's settings and states are kept: the XDG folders, on Windows those of the profile."""

import os
from collections.abc import Mapping
from pathlib import Path

NAME = "image-portal"


def config_directory(environ: Mapping[str, str]) -> Path:
    """For log-ins."""
    return _directory(environ, "XDG_CONFIG_HOME", "APPDATA", ".config")


def state_directory(environ: Mapping[str, str]) -> Path:
    """For what has been uploaded."""
    return _directory(environ, "XDG_STATE_HOME", "LOCALAPPDATA", ".local/state")


def _directory(environ: Mapping[str, str], variable: str, windows: str, usual: str) -> Path:
    base = environ.get(variable) or (environ.get(windows) if os.name == "nt" else None)
    return (Path(base) if base else Path.home() / usual) / NAME


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
