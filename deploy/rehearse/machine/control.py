"""Talks to a machine's deploy.rehearse.machine.init; as a program, what the bundles' hooks find as `systemctl`."""

import json
import socket
import sys
from pathlib import Path
from typing import Any


class Control:
    """Commands to one machine's process 1."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "init.sock"

    def ask(self, seconds: float = 120, **request: Any) -> dict[str, Any]:
        """The answer to a command. Raises RuntimeError with the machine's complaint."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(self._socket))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer: dict[str, Any] = json.loads(connection.makefile().readline() or '{"fault": "hung up"}')
        if "fault" in answer:
            raise RuntimeError(f"{request}: {answer['fault']}")
        return answer

    def start(self, unit: str) -> dict[str, Any]:
        """Start a service."""
        return self.ask(do="start", unit=unit)

    def stop(self, unit: str) -> dict[str, Any]:
        """Stop a service and wait until it has."""
        return self.ask(do="stop", unit=unit)

    def signal(self, unit: str, number: int, *, everyone: bool = False) -> dict[str, Any]:
        """Signal a service's main process, or all of its processes."""
        return self.ask(do="signal", unit=unit, number=int(number), everyone=everyone)

    def reload(self) -> None:
        """Have unit files read again."""
        self.ask(do="reload")

    def status(self) -> dict[str, Any]:
        """Every service that was ever started: state, pid, restarts, members."""
        return self.ask(do="status")


def systemctl(control: Control, arguments: list[str]) -> int:
    """The verbs that the hooks use. Exit code as systemctl's; 5 for a verb or unit that is not known."""
    verb, names = arguments[0], [a.removesuffix(".service") for a in arguments[1:] if not a.startswith("-")]
    if verb == "daemon-reload":
        control.reload()
        return 0
    for name in names:
        known = control.status()
        if verb == "is-active":
            return 0 if known.get(name, {}).get("state") == "active" else 3
        if verb == "stop" and name in known:
            control.stop(name)
        elif verb == "start":
            control.start(name)
        else:
            sys.stderr.write(f"systemctl {verb} {name}: not known\n")
            return 5
    return 0


if __name__ == "__main__":
    sys.exit(systemctl(Control(Path(sys.argv[1])), sys.argv[2:]))
