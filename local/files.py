"""Small files of a LOCAL_DIR: the KEY=VALUE environment file and generated secrets."""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone (mode 0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Write KEY=VALUE lines; raises ValueError for a value that would not read back the same."""
    for key, value in values.items():
        if not key.isidentifier() or value != value.strip() or not value.isprintable():
            raise ValueError(f"{key} can't be written to an environment file")
    write_private(path, "".join(f"{key}={value}\n" for key, value in values.items()))


def read_env(path: Path) -> dict[str, str]:
    """Read KEY=VALUE lines; empty lines and lines that begin with # are skipped."""
    values = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            key, _, value = line.partition("=")
            values[key.strip()] = value.strip()
    return values


class Secrets:
    """Random secrets, made on first use and kept in a JSON file that only its owner may read."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, name: str, size_bytes: int = 24) -> str:
        """The secret of this name: letters, digits, `-` and `_`, from `size_bytes` of randomness."""
        try:
            known: dict[str, str] = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            known = {}
        if name not in known:
            known[name] = secrets.token_urlsafe(size_bytes)
            write_private(self._file, json.dumps(known, indent=1) + "\n")
        return known[name]
