"""Set-up: what is missing, what is stale, and that nothing is done twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.bundle import CONTENTS
from local.setup import commands as ours
from local.setup import environments, packages
from local.setup.__main__ import main
from local.setup.commands import SetupError, run, side_by_side
from local.setup.environments import build_environments, stale_environments


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(ours, "ROOT", tmp_path)
    monkeypatch.setattr(ours, "LOGS", tmp_path / "build")
    (tmp_path / "local" / "cloud").mkdir(parents=True)
    for name in [file for _, files in environments.ENVIRONMENTS.values() for file in files]:
        (tmp_path / name).write_text("a==1\n")
    return tmp_path


@pytest.fixture
def commands(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Commands that would have been run; creating an environment makes its directories."""
    seen: list[str] = []

    def noted(command: list[str], _log: str, **_environment: str) -> None:
        seen.append(" ".join(command))
        if "venv" in command:
            (Path(command[-1]) / "bin").mkdir(parents=True)
            (Path(command[-1]) / "bin" / "python").touch()

    monkeypatch.setattr(environments, "run", noted)
    monkeypatch.setattr(environments, "as_pip_is_told", dict)
    return seen


def test_a_new_clone_lacks_everything_and_a_second_run_nothing(commands: list[str]) -> None:
    build_environments(stale_environments(["app", "dev", "cloud"]))
    assert [c for c in commands if "requirements-dev.txt" in c]
    assert all("--require-hashes" in c for c in commands if " pip " in c)
    assert [c for c in commands if "requirements-uv.txt" in c] == [commands[1]], (
        "once, before all that uv makes"
    )
    assert stale_environments(["app", "dev", "cloud"]) == {}


def test_a_changed_development_requirement_keeps_the_environment(root: Path, commands: list[str]) -> None:
    build_environments(stale_environments(["dev"]))
    commands.clear()
    (root / "requirements-dev.txt").write_text("a==2\n")
    build_environments(stale_environments(["dev"]))
    assert len(commands) == 1
    assert "requirements-dev.txt" in commands[0]


@pytest.mark.parametrize("file", ["requirements.txt", "local/requirements-launcher.txt"])
def test_a_changed_requirement_makes_a_new_environment(root: Path, commands: list[str], file: str) -> None:
    build_environments(stale_environments(["dev"]))
    (root / ".venv" / "old").touch()
    (root / file).write_text("a==2\n")
    assert stale_environments(["dev"]) == {".venv": ["app", "dev"]}
    build_environments(stale_environments(["app"]))
    assert not (root / ".venv" / "old").exists()
    assert stale_environments(["dev"]) == {".venv": ["dev"]}


def test_what_the_launcher_needs_is_installed_with_the_app_and_is_in_no_bundle(commands: list[str]) -> None:
    build_environments(stale_environments(["app"]))
    assert [c.split("-r ")[1:] for c in commands if "uv pip " in c] == [
        ["requirements.txt ", "local/requirements-launcher.txt"]
    ]
    shipped = {path for contents in CONTENTS.values() for path in contents}
    assert "requirements.txt" in shipped
    assert [path for path in shipped if "local" in path] == []


def test_an_interrupted_installation_is_done_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_command: list[str], _log: str, **_environment: str) -> None:
        raise SetupError("cut off")

    monkeypatch.setattr(environments, "run", fail)
    with pytest.raises(SetupError, match="cut off"):
        build_environments(stale_environments(["app"]))
    assert stale_environments(["app"]) == {".venv": ["app"], "build/uv-venv": ["uv"]}


def test_a_newer_uv_replaces_the_old_and_leaves_environments_alone(root: Path, commands: list[str]) -> None:
    build_environments(stale_environments(["app"]))
    commands.clear()
    (root / "local" / "requirements-uv.txt").write_text("a==2\n")
    assert stale_environments(["app"]) == {}, "what it made stands"
    build_environments(stale_environments(["uv"]))
    assert [c.split()[-1] for c in commands] == [str(root / "build/uv-venv"), "local/requirements-uv.txt"]


def test_uv_goes_to_the_mirror_that_pip_is_told_of(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = root / "build" / "uv-venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    conf = tmp_path / "pip.conf"
    conf.write_text(
        "[global]\nindex-url = https://mirror.example/simple\ncert = /ca.pem\ntimeout = 90\nretries = 9\n"
    )
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(conf))
    assert environments.as_pip_is_told() == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "SSL_CERT_FILE": "/ca.pem",
        "UV_HTTP_TIMEOUT": "90",
    }
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    assert "UV_DEFAULT_INDEX" not in environments.as_pip_is_told(), "what a person tells uv itself counts"


def test_what_pip_is_told_reaches_uv(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, dict[str, str]] = {}

    def noted(command: list[str], _log: str, **environment: str) -> None:
        told[command[-1]] = environment
        (root / ".venv").mkdir(exist_ok=True)
        (root / "build" / "uv-venv").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(environments, "run", noted)
    monkeypatch.setattr(environments, "as_pip_is_told", lambda: {"UV_HTTP_TIMEOUT": "90"})
    build_environments(stale_environments(["app"]))
    assert told["local/requirements-launcher.txt"] == {"UV_HTTP_TIMEOUT": "90"}


def test_what_environments_need_is_there_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    program = "local.setup.__main__"
    monkeypatch.setattr(f"{program}.stale_environments", lambda _: {".venv": ["app"]})
    monkeypatch.setattr(f"{program}.missing_packages", lambda _: ["mariadb-server-core"])
    monkeypatch.setattr(f"{program}.missing_for_environments", lambda: ["python3-venv"])
    monkeypatch.setattr(f"{program}.install_packages", lambda names: done.extend(names))
    monkeypatch.setattr(f"{program}.build_environments", done.append)
    monkeypatch.setattr(f"{program}.signal.signal", lambda *_: None)
    assert main(["app", "database"]) == 0
    assert done == ["python3-venv", "mariadb-server-core", {".venv": ["app"]}]


@pytest.mark.parametrize("error", [SetupError("no network"), PermissionError("no network")])
def test_what_fails_beside_something_else_is_told_when_all_has_ended(error: Exception) -> None:
    ended: list[str] = []

    def fail() -> None:
        raise error

    with pytest.raises(type(error), match="no network"):
        side_by_side([fail, lambda: ended.append("other")])
    assert ended == ["other"]


def test_without_root_and_sudo_the_packages_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda name, **_: "/usr/bin/apt-get" if name == "apt-get" else None)
    with pytest.raises(SetupError, match="apt-get install mariadb-server-core chromium"):
        packages.install_packages(packages.missing_packages(["database", "browser"]))


def test_a_failing_command_shows_the_end_of_its_log(root: Path) -> None:
    with pytest.raises(SetupError, match=r"(?s)exit 3.*setup-x\.log ends with.*the reason"):
        run(["sh", "-c", "echo the reason; exit 3"], "setup-x.log")


def test_a_python_that_is_too_old_is_named() -> None:
    script = (
        "import sys; sys.argv=['setup', 'app']; sys.version_info=(3, 9, 2);"
        "sys.path.insert(0, '.'); from local.setup.__main__ import main; sys.exit(main(['app']))"
    )
    result = subprocess.run(
        ["python3", "-c", script], cwd=ours.ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "Python 3.11 or newer is needed" in result.stderr


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["everything"]) == 2
    assert "PART" in capsys.readouterr().err


OF_ANOTHER_MAKE = {"PYTHON", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL"}


def taken_by_make(**given: str) -> str:
    """The interpreter that `make run` would set up with."""
    told = [f"{name}={value}" for name, value in given.items()]
    ended = subprocess.run(
        ["make", "--dry-run", "run", *told],
        cwd=Path(__file__).parents[3],
        env={name: value for name, value in os.environ.items() if name not in OF_ANOTHER_MAKE},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.split()[0]


def test_make_takes_the_systems_python_where_that_makes_environments() -> None:
    taken = taken_by_make()
    if taken != "python3":
        assert taken.startswith("/usr/bin/python3.")
        subprocess.run([taken, "-c", "import ensurepip"], check=True)
    assert taken_by_make(PYTHON="another") == "another"
