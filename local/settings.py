"""What the person who types `make run` may choose: PORT, MAIL_PORT, LOCAL_DIR."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.console import LocalError
from local.process.ports import is_free


@dataclass(frozen=True)
class RunSettings:
    """Checked values; `directory` is absolute."""

    port: int
    mail_port: int
    directory: Path


def load(environ: Mapping[str, str]) -> RunSettings:
    """Read and check all three; raises LocalError with every fault, each naming its variable."""
    faults: list[str] = []
    port = _port(environ, "PORT", 8000, faults)
    mail_port = _port(environ, "MAIL_PORT", 8025, faults)
    if port == mail_port and port:
        faults.append(f"PORT and MAIL_PORT are both {port}; they must differ.")
    directory = Path(environ.get("LOCAL_DIR") or ".local").expanduser().absolute()
    if directory.exists() and not directory.is_dir():
        faults.append(f"LOCAL_DIR is {directory}, which is not a directory.")
    if faults:
        raise LocalError("\n".join(faults))
    return RunSettings(port, mail_port, directory)


def check_ports(settings: RunSettings) -> None:
    """Raise LocalError, naming port and variable, unless both ports are free."""
    faults = [
        f"Port {port} is taken by another program. Stop that program, or choose another port: "
        f"make run {name}={port + 1}"
        for name, port in (("PORT", settings.port), ("MAIL_PORT", settings.mail_port))
        if not is_free(port)
    ]
    if faults:
        raise LocalError("\n".join(faults))


def _port(environ: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    text = environ.get(name) or str(default)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    faults.append(f"{name} is {text!r}; it must be a number from 1 to 65535.")
    return 0
