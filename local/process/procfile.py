"""The Procfile: how each of the product's processes is started, on a laptop as on Beanstalk."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from local.console import LocalError
from local.process.environment import product_env
from local.process.program import ROOT, Program

_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(exec \S.*)")


class Procfile:
    """The lines of one Procfile, by the names of their processes."""

    def __init__(self, file: Path = ROOT / "Procfile") -> None:
        """Raise LocalError for a line that is not of the form `name: exec command`."""
        self._file = file
        self.commands: dict[str, str] = {}
        for line in file.read_text().splitlines():
            parsed = _LINE.fullmatch(line)
            if not parsed:
                raise LocalError(f"{file}: not of the form `name: exec command`: {line}")
            self.commands[parsed[1]] = parsed[2]

    def program(
        self, name: str, directory: Path, outer: Mapping[str, str], settings: Mapping[str, str]
    ) -> Program:
        """The process of this name, its log and process id in `directory`; its line is run unchanged.

        `settings` are environment variables, which win over `outer`. Raises LocalError when no line has the name.
        """
        if name not in self.commands:
            raise LocalError(f"{self._file} has no line for {name}.")
        env = product_env(outer, settings)
        # `gunicorn` and `celery` are those of the environment that the launcher itself runs in.
        env["PATH"] = f"{Path(sys.executable).parent}:{env.get('PATH', '')}"
        # A shell, as in Beanstalk's units; `exec` has the program take its place.
        return Program(name, ["/bin/sh", "-c", self.commands[name]], env, directory)
