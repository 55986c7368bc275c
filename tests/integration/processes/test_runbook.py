"""Every command of the runbook is one that runs: the product's on the real stack, AWS's by what its API knows."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import botocore.session
import pytest
from botocore import xform_name

from deploy.bundle import PROCESSES
from tests.integration.conftest import Person
from tests.integration.processes.test_redrive import failed
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.terminal import terminal
from web.app import create_app

GLOBAL = {"--output", "--query", "--max-items"}
"""Options of the AWS CLI itself."""
LEADS_TO = ("## Alarms\n", "## An upload has failed\n", "## An upload is held\n")
BY_NAME = {"systemctl": {"status", "restart", "start", "stop"}}


def commands() -> list[str]:
    """Every line of every block of what docs/operations.md says of alarms, and of where that leads."""
    text = (Path(__file__).parents[3] / "docs/operations.md").read_text()
    sections = re.split(r"^(?=## )", text, flags=re.M)
    text = "".join(section for section in sections if section.startswith(LEADS_TO))
    blocks = re.findall(r"^ *```\n(.*?)^ *```", text, re.M | re.S)
    return [line.strip() for block in blocks for line in block.splitlines()]


def of(*programs: str) -> list[str]:
    return [line for line in dict.fromkeys(commands()) if line.split()[0] in programs]


def test_there_is_no_command_that_nothing_here_looks_at() -> None:
    assert {line.split()[0] for line in commands()} <= {"python", "aws", "systemctl", "journalctl", "curl"}
    assert len(set(commands())) >= 15


@pytest.mark.parametrize("line", of("python"))
def test_a_command_of_ours_runs(
    line: str, person: Person, hands: HandWorker, environ: dict[str, str]
) -> None:
    upload_id: UUID = failed(person, hands)
    _, _, module, *words = shlex.split(line.replace("$ID", str(upload_id)))
    command = [sys.executable, "-m", module, *words]
    done = (
        terminal(environ, *words)
        if module == "worker.ops"
        else subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    )
    allowed = (1,) if "status" in words else (0,)  # an upload has failed: a person is needed
    assert done.returncode in allowed, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("line", of("aws"))
def test_a_command_of_aws_is_one_that_its_api_knows(line: str) -> None:
    _, service, command, *words = shlex.split(line)
    model = botocore.session.get_session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert command in names, command
    shape = model.operation_model(names[command]).input_shape
    assert shape
    known = {f"--{xform_name(name, '-')}" for name in shape.members}
    given = {word for word in words if word.startswith("--")}
    assert given - known - GLOBAL == set()
    required = {f"--{xform_name(n, '-')}" for n in shape.required_members}
    assert required <= given


@pytest.mark.parametrize("line", of("systemctl", "journalctl"))
def test_a_unit_is_one_that_beanstalk_makes(line: str) -> None:
    words = shlex.split(line)
    known = {*PROCESSES["worker"], *PROCESSES["web"], "sqsd"}
    if words[0] == "systemctl":
        assert words[1] in BY_NAME["systemctl"]
        units = words[2:]
    else:
        units = [words[words.index("--unit") + 1]] if "--unit" in words else []
        assert units or "--dmesg" in words
    assert set(units) <= known


@pytest.mark.parametrize("line", of("journalctl"))
def test_what_the_log_is_searched_for_is_what_is_said_there(line: str) -> None:
    words = shlex.split(line)
    if "--grep" not in words:
        return
    pattern = words[words.index("--grep") + 1]
    said = {
        "attempt failed|time limit|signal 9": [
            "the attempt failed",
            "Hard time limit (45s)",
            "signal 9",
        ],
        "Out of memory": ["Out of memory: Killed process"],
        "sweep": ['"event": "sweep"', "the sweep could not finish"],
        "reference": ['"reference": "'],
        "a decoder was ended|answered without sense|sandbox is weaker|imaging server was gone": [
            "a decoder was ended for a system call",
            "a decoding process answered without sense",
            "the sandbox is weaker than it should be",
            "the imaging server was gone",
        ],
    }
    for sentence in said[pattern]:
        assert re.search(pattern, sentence), sentence


@pytest.mark.parametrize("line", of("curl"))
def test_an_address_is_a_route(line: str, parts: object) -> None:
    path = "/" + line.split()[-1].split("/", 3)[3]
    rules = {rule.rule for rule in create_app(parts).url_map.iter_rules()}  # type: ignore[arg-type]  # a fixture's
    assert path in rules
    assert os.path.basename(path) in ("readyz", "metrics")
