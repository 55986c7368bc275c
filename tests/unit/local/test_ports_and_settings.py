"""PORT, MAIL_PORT, LOCAL_DIR, and how internal ports are chosen."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import settings
from local.console import LocalError
from local.process.ports import LOOPBACK, RememberedPorts, free_port, is_free

pytestmark = pytest.mark.slow  # opens sockets


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_with_a_listener_is_not_free(taken_port: int) -> None:
    assert not is_free(taken_port)


def test_a_remembered_port_is_chosen_again(tmp_path: Path) -> None:
    first = RememberedPorts(tmp_path / "ports.json").port("database")
    assert RememberedPorts(tmp_path / "ports.json").port("database") == first


def test_a_remembered_port_that_is_taken_is_replaced(tmp_path: Path, taken_port: int) -> None:
    file = tmp_path / "ports.json"
    file.write_text(f'{{"database": {taken_port}, "cloud": 20001}}')
    chosen = RememberedPorts(file).port("database")
    assert chosen != taken_port
    assert RememberedPorts(file).port("database") == chosen


@pytest.mark.parametrize("content", ["", "{", "[]", '{"database": "x"}', '{"database": 99999}'])
def test_a_damaged_memory_is_no_obstacle(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports.json").write_text(content)
    assert is_free(RememberedPorts(tmp_path / "ports.json").port("database"))


def test_ports_that_others_will_use_are_avoided(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    port = free_port()
    file.write_text(f'{{"database": {port}}}')
    assert RememberedPorts(file, avoid=[port]).port("database") != port


def test_defaults_are_those_of_the_contract() -> None:
    assert settings.load({}) == settings.RunSettings(8000, 8025, Path(".local").absolute())


def test_every_fault_is_reported_at_once_with_its_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError) as caught:
        settings.load({"PORT": "80x", "MAIL_PORT": "70000", "LOCAL_DIR": str(tmp_path / "file")})
    assert all(name in str(caught.value) for name in ("PORT is '80x'", "MAIL_PORT is '70000'", "LOCAL_DIR"))


def test_both_ports_can_not_be_the_same() -> None:
    with pytest.raises(LocalError, match="must differ"):
        settings.load({"PORT": "9000", "MAIL_PORT": "9000"})


def test_a_taken_port_is_named_with_its_variable(tmp_path: Path, taken_port: int) -> None:
    with pytest.raises(LocalError, match=f"Port {taken_port} is taken.*MAIL_PORT="):
        settings.check_ports(settings.RunSettings(free_port(), taken_port, tmp_path))
