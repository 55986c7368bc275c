"""TCP between one process of the portal and MariaDB: statements that write, and their commits, are told and may stand
still or be lost."""

import re
import socket
import threading
from contextlib import suppress

from tests.crash.calls import Call, Calls, Fate

_QUERY = 3  # COM_QUERY of MySQL's protocol
_WRITE = re.compile(
    r"\s*(?:INSERT(?: IGNORE)? INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+`?(\w+)", re.IGNORECASE
)
_HEAD_BYTES = 4


class MySqlWire:
    """Listens on a port of its own for one role."""

    def __init__(self, role: str, upstream_port: int, calls: Calls) -> None:
        self.role, self.calls = role, calls
        self._upstream_port = upstream_port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, (_, port) = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection = _Connection(self, client, self._upstream_port, port)
                threading.Thread(target=connection.serve, daemon=True).start()


class _Connection:
    def __init__(self, wire: MySqlWire, client: socket.socket, upstream_port: int, port: int) -> None:
        self._wire, self._client, self._port = wire, client, port
        self._upstream_port = upstream_port
        self._written: list[str] = []
        self._asked: Call | None = None

    def serve(self) -> None:
        """Pass packets on until one side is gone."""
        try:
            with (
                self._client,
                socket.create_connection(("127.0.0.1", self._upstream_port), timeout=10) as server,
            ):
                server.settimeout(None)
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._answers, args=(server,), daemon=True).start()
                try:
                    while (packet := _packet(self._client)) and self._goes(packet):
                        server.sendall(packet)
                finally:
                    _hang_up(self._client, server)
        except OSError:
            return  # the database is away, or either side is gone

    def _goes(self, packet: bytes) -> bool:
        call = self._call(packet)
        if call is None:
            return True
        fate, _ = self._wire.calls.before(call)
        if fate is Fate.SILENT:
            self._wire.calls.over.wait(120)
        if fate is Fate.PASS:
            self._asked = call
        return fate is Fate.PASS

    def _call(self, packet: bytes) -> Call | None:
        """What a packet asks for, if it writes; a command is number 0 of its exchange, which a log-in's are not."""
        if packet[3] != 0 or packet[4:5] != bytes([_QUERY]):
            return None
        statement = packet[5:].decode("utf-8", "replace")
        if found := _WRITE.match(statement):
            self._written.append(found[1])
            return Call(self._wire.role, self._port, "mysql", f"write {found[1]}", changes=False)
        if statement not in ("COMMIT", "ROLLBACK"):
            return None
        written, self._written = self._written, []
        if statement == "ROLLBACK" or not written:
            return None
        tables = ", ".join(dict.fromkeys(written))
        return Call(self._wire.role, self._port, "mysql", f"COMMIT of {tables}")

    def _answers(self, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(65_536):
                call, self._asked = self._asked, None
                if call is not None and self._wire.calls.after(call) is not Fate.PASS:
                    break
                self._client.sendall(piece)
        _hang_up(self._client, server)


def _hang_up(*sides: socket.socket) -> None:
    """At once: a mere close waits for whoever reads from it, and MariaDB would keep a dead client's locks."""
    for side in sides:
        with suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)


def _packet(client: socket.socket) -> bytes:
    head = _exactly(client, _HEAD_BYTES)
    return head + _exactly(client, int.from_bytes(head[:3], "little")) if head else b""


def _exactly(client: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        piece = client.recv(size - len(found))
        if not piece:
            return b""
        found += piece
    return bytes(found)
