"""One place says how web, worker and clock are started: the Procfile."""

import ast
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.console import LocalError
from local.process.procfile import Procfile
from local.process.program import ROOT
from local.process.ready import run_to_end

STARTED = ("web", "worker", "clock")


def string_literals(file: Path) -> Iterator[str]:
    """Every string in a module's code, docstrings left out."""
    tree = ast.parse(file.read_text())
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            yield node.value


@pytest.mark.parametrize("name", STARTED)
def test_a_process_is_started_by_its_line_as_it_stands(tmp_path: Path, name: str) -> None:
    [line] = [line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith(f"{name}: ")]
    program = Procfile().program(name, tmp_path, {}, {})
    assert program.argv == ["/bin/sh", "-c", line.removeprefix(f"{name}: ")]
    assert program.cwd == ROOT


def test_the_launcher_holds_no_copy_of_a_program_or_a_flag_of_the_procfile() -> None:
    words = {word for command in Procfile().commands.values() for word in shlex.split(command)[1:]}
    # A number, and what any Python program is started with, are nobody's own.
    spelt_out = {word for word in words if not word.isdigit()} - {"python", "-m", "worker"}
    assert {"gunicorn", "celery", "--concurrency", "--without-gossip"} <= spelt_out
    copies = [
        f"{file.relative_to(ROOT)}: {text}"
        for file in (ROOT / "local").rglob("*.py")
        for text in string_literals(file)
        if spelt_out.intersection(text.split())
    ]
    assert copies == []


def test_settings_win_over_the_outer_environment_and_programs_come_from_the_launchers_own(
    tmp_path: Path,
) -> None:
    file = tmp_path / "Procfile"
    file.write_text("web: exec python -c \"import os, sys; print(os.environ['PORT'], sys.prefix)\"\n")
    program = Procfile(file).program("web", tmp_path, {"PORT": "1", "PATH": "/usr/bin:/bin"}, {"PORT": "2"})
    run_to_end(program, 20, lambda: None)
    assert program.log.read_text() == f"2 {Path(program.env['PATH'].split(':')[0]).parent}\n"


@pytest.mark.parametrize("line", ["web gunicorn", "web: gunicorn", "# a remark", ""])
def test_a_line_that_is_no_process_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "Procfile"
    file.write_text(f"{line}\n")
    with pytest.raises(LocalError, match="not of the form"):
        Procfile(file)


def test_a_missing_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "Procfile"
    file.write_text("web: exec true\n")
    with pytest.raises(LocalError, match="no line for clock"):
        Procfile(file).program("clock", tmp_path, {}, {})
