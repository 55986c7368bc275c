"""Loopback ports: which are free, and remembering the ones that were chosen."""

import json
import random
import socket
from collections.abc import Collection
from pathlib import Path

LOOPBACK = "127.0.0.1"

# Below Linux's range for outgoing connections (32768 and up), so that a remembered port is seldom found taken.
_LOWEST, _HIGHEST = 20000, 32000


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Without it, connections of an earlier run that linger in TIME_WAIT make the port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(avoid: Collection[int] = ()) -> int:
    """A free loopback port outside `avoid`; raises OSError when none is found."""
    for _ in range(1000):
        port = random.randint(_LOWEST, _HIGHEST)  # noqa: S311 - a port is no secret
        if port not in avoid and is_free(port):
            return port
    raise OSError(f"no free port between {_LOWEST} and {_HIGHEST}")


class RememberedPorts:
    """Ports chosen once and kept in a JSON file, so that addresses survive a restart while still free."""

    def __init__(self, file: Path, avoid: Collection[int] = ()) -> None:
        self._file = file
        self._avoid = set(avoid)

    def port(self, name: str) -> int:
        """The port last used under this name if it is free, else a new one; remembered either way."""
        known = self._known()
        port = known.get(name)
        if port is None or port in self._avoid or not is_free(port):
            others = {number for other, number in known.items() if other != name}
            port = free_port(avoid=self._avoid | others)
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(known | {name: port}, indent=1) + "\n")
        self._avoid.add(port)
        return port

    def _known(self) -> dict[str, int]:
        try:
            known = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        if not isinstance(known, dict):
            return {}
        return {str(k): v for k, v in known.items() if isinstance(v, int) and 0 < v < 65536}
