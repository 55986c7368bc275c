"""The environment file, secrets, the lock, and removing it all."""

from pathlib import Path

import pytest

from local.console import LocalError
from local.files import Secrets, read_env, write_env
from local.process.environment import product_env
from local.process.lock import AlreadyRunning, DirectoryLock
from local.reset import reset


def test_the_environment_file_reads_back_and_is_private(tmp_path: Path) -> None:
    values = {"DATABASE_URL": "mysql+pymysql://u:p@h:1/n?charset=utf8mb4", "EMPTY": "", "A_1": "x=y # z"}
    write_env(tmp_path / "env", values)
    assert read_env(tmp_path / "env") == values
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["two\nlines", " padded", "nul\0"])
def test_a_value_that_would_not_read_back_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ValueError, match="KEY"):
        write_env(tmp_path / "env", {"KEY": value})


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first = Secrets(tmp_path / "s.json").get("session", 36)
    assert Secrets(tmp_path / "s.json").get("session") == first
    assert len(first) >= 32
    assert Secrets(tmp_path / "s.json").get("other") != first


def test_product_processes_see_nothing_of_the_outer_aws_settings() -> None:
    outer = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "t", "PATH": "/bin", "no_proxy": "example.org"}
    env = product_env(outer, {"AWS_REGION": "us-east-1"})
    assert {k: v for k, v in env.items() if k.startswith("AWS_")} == {"AWS_REGION": "us-east-1"}
    assert env["PATH"] == "/bin"
    assert env["NO_PROXY"] == "example.org,127.0.0.1,localhost"


def test_one_directory_has_one_launcher(tmp_path: Path) -> None:
    with (
        DirectoryLock(tmp_path),
        pytest.raises(AlreadyRunning, match=r"process [0-9]+"),
        DirectoryLock(tmp_path),
    ):
        pass
    with DirectoryLock(tmp_path):
        assert (tmp_path / "lock").exists()


def test_reset_removes_a_portals_directory(tmp_path: Path) -> None:
    home = tmp_path / "portal"
    (home / "database").mkdir(parents=True)
    (home / "ports.json").write_text("{}")
    assert reset(home, yes=True)
    assert not home.exists()
    assert reset(home, yes=True)


def test_reset_refuses_while_a_portal_runs(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path), pytest.raises(AlreadyRunning):
        reset(tmp_path, yes=True)
    assert (tmp_path / "lock").exists()


def test_reset_leaves_other_directories_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years")
    with pytest.raises(LocalError, match="left alone"):
        reset(tmp_path, yes=True)
    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.parametrize(("answer", "removed"), [("y", True), ("", False), ("no", False)])
def test_reset_asks_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, removed: bool
) -> None:
    home = tmp_path / "portal"
    home.mkdir()
    (home / "lock").write_text("")
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert reset(home, yes=False) is removed
    assert home.exists() is not removed
