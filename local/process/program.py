"""What to start, and where its output goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
_LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Program:
    """What to start. The log goes to `directory/log/<name>.log`, the process id to `directory/run/`."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    directory: Path
    cwd: Path = ROOT
    stdin: Path | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.directory / "log" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Where its process id is kept for a launcher that comes after a kill -9."""
        return self.directory / "run" / f"{self.name}.pid"

    def open_log(self) -> IO[bytes]:
        """The log, for appending; one that has grown past 5 MB is set aside as `.1` first."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))
        return self.log.open("ab")
