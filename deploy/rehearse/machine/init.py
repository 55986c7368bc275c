"""A machine's process 1, as far as a rehearsal needs one: `python -m deploy.rehearse.machine.init FOLDER`.

Services are the unit files in FOLDER/units. Commands come as lines of JSON over FOLDER/init.sock
(deploy.rehearse.machine.control); an answer comes when the command is done. It ends, with all its services,
when whoever started it ends.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from deploy.rehearse.machine.service import Service
from deploy.rehearse.machine.units import read_unit

TICK_SECONDS = 0.03
MARKER = "REHEARSE_RUN"


class Init:
    """All services of one machine; a single thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._services: dict[str, Service] = {}
        self._waiting: list[tuple[socket.socket, str]] = []
        self._parent = os.getppid()
        self._asked_to_end = False

    def run(self) -> None:
        """Serve until told to end or left alone."""
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "_asked_to_end", True))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        path = self._folder / "init.sock"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            server.settimeout(TICK_SECONDS)
            while not self._asked_to_end and os.getppid() == self._parent:
                with contextlib.suppress(TimeoutError):
                    self._serve(server.accept()[0])
                self._tick()
        self._power_off()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(2)
        try:
            request = json.loads(connection.makefile().readline())
            answer = self._do(request)
        except (OSError, ValueError, KeyError, FileNotFoundError) as error:
            answer = {"fault": f"{type(error).__name__}: {error}"}
        if answer is None:
            self._waiting.append((connection, str(request["unit"])))
        else:
            reply(connection, answer)

    def _do(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, or None when it has to wait until the service has stopped."""
        verb = request["do"]
        if verb == "reload":
            for service in self._services.values():
                service.reload()
            return {}
        if verb == "status":
            return {name: describe(service) for name, service in self._services.items()}
        service = self._service(request["unit"])
        if verb == "start":
            service.start()
        elif verb == "stop":
            service.stop()
            return None
        elif verb == "signal":
            service.signal(request["number"], everyone=request["everyone"])
        return describe(service)

    def _service(self, name: str) -> Service:
        if name not in self._services:
            units = self._folder / "units"
            marker = {MARKER: os.environ.get(MARKER, "")}
            log = self._folder / "log" / f"{name}.log"
            self._services[name] = Service(lambda: read_unit(units, name), log, marker)
        return self._services[name]

    def _tick(self) -> None:
        for service in self._services.values():
            service.tick()
        for connection, name in list(self._waiting):
            if self._services[name].state == "inactive":
                self._waiting.remove((connection, name))
                reply(connection, describe(self._services[name]))

    def _power_off(self) -> None:
        """Everything ends now, politely for a moment."""
        for service in self._services.values():
            service.stop()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and any(s.state != "inactive" for s in self._services.values()):
            self._tick()
            time.sleep(TICK_SECONDS)
        for service in self._services.values():
            service.signal(signal.SIGCONT, everyone=True)
            service.signal(signal.SIGKILL, everyone=True)


def describe(service: Service) -> dict[str, Any]:
    """A service for those who ask."""
    return {
        "state": service.state,
        "pid": service.pid,
        "restarts": service.restarts,
        "killed": service.killed,
        "members": sorted(service.members()),
    }


def reply(connection: socket.socket, answer: dict[str, Any]) -> None:
    """Answer and hang up; one who has gone is not waited for."""
    with contextlib.suppress(OSError), connection:
        connection.sendall(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    Init(Path(sys.argv[1])).run()
