"""Services as systemd knows them, as far as Beanstalk uses it: unit files, drop-ins and the Procfile behind them."""

import configparser
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.bundle import PROCFILE_LINE

# systemd's own defaults, which Beanstalk's units do not change.
DEFAULT_KILL_MODE = "control-group"
DEFAULT_STOP_SECONDS = 90.0


@dataclass(frozen=True)
class Unit:
    """What a service's files say."""

    name: str
    command: tuple[str, ...]
    directory: Path
    environment_file: Path
    kill_mode: str
    stop_seconds: float


def read_procfile(text: str) -> dict[str, str]:
    """Name and command of each line. Raises ValueError for a line that Beanstalk would not take."""
    commands: dict[str, str] = {}
    for line in text.splitlines():
        parsed = PROCFILE_LINE.fullmatch(line)
        if not parsed:
            raise ValueError(f"Procfile: {line!r} is not of the form `name: command`")
        commands[parsed[1]] = parsed[2]
    if next(iter(commands), "") != "web":
        raise ValueError("Procfile: the first line must be `web`")
    return commands


def unit_text(command: str, directory: Path, environment_file: Path) -> str:
    """The unit that Beanstalk's engine writes for one line: neither KillMode nor TimeoutStopSec is in it."""
    quoted = command.replace("\\", "\\\\").replace('"', '\\"')
    return (
        "[Service]\nType=simple\n"
        f'ExecStart=/bin/sh -c "{quoted}"\n'
        f"WorkingDirectory={directory}\nEnvironmentFile={environment_file}\nRestart=always\n"
    )


def read_unit(folder: Path, name: str) -> Unit:
    """A unit with its drop-ins, later files winning. Raises FileNotFoundError for an unknown one."""
    main = folder / f"{name}.service"
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    for file in (main, *sorted((folder / f"{name}.service.d").glob("*.conf"))):
        parser.read_string(file.read_text(), str(file))
    service: Mapping[str, str] = parser["Service"]
    return Unit(
        name,
        tuple(shlex.split(service["ExecStart"])),
        Path(service["WorkingDirectory"]),
        Path(service["EnvironmentFile"]),
        service.get("KillMode", DEFAULT_KILL_MODE),
        float(service.get("TimeoutStopSec", str(DEFAULT_STOP_SECONDS)).removesuffix("s")),
    )
