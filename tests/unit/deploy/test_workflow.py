"""The workflows on GitHub: of the form that GitHub takes, without a stored key, doing what a person would type."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.launch.stage import STAGES
from tests.support_templates import template
from tests.unit.deploy.support import ROOT

DEPLOY, NIGHTLY = FILES = [ROOT / ".github/workflows" / f"{name}.yml" for name in ("deploy", "nightly")]
CHECK = str(Path(sys.executable).with_name("check-jsonschema"))


def workflow(file: Path = DEPLOY) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


@pytest.mark.slow
def test_it_is_of_the_form_that_github_takes_and_a_planted_fault_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.yml"
    planted.write_text(DEPLOY.read_text().replace("runs-on:", "run-on:"))
    command = [CHECK, "--builtin-schema", "vendor.github-workflows"]
    for file, right in (*((file, True) for file in FILES), (planted, False)):
        done = subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is right, done.stdout


def test_no_key_is_stored_and_only_the_deployment_may_ask_for_a_role() -> None:
    for file in FILES:
        assert not re.search(r"secrets\.|aws-access-key-id|aws-secret-access-key", file.read_text())
        assert workflow(file)["permissions"] == {"contents": "read"}
    jobs = workflow()["jobs"]
    asks = [name for name, job in jobs.items() if job.get("permissions", {}).get("id-token") == "write"]
    assert asks == ["deploy"]
    assert "permissions" not in workflow(NIGHTLY)["jobs"]["prove"]
    assert jobs["deploy"]["needs"] == ["test", "preview"]
    assert "workflow_dispatch" in jobs["deploy"]["if"]
    assert "refs/heads/main" in jobs["deploy"]["if"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_others_have_written_is_named_by_what_it_is(file: Path) -> None:
    """A tag can be moved to other code, which would run with the deployment's role."""
    uses = re.findall(r"uses: *(\S+)(.*)", file.read_text())
    assert uses
    for used, said in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", used)
        assert re.fullmatch(r" +# v\d+\.\d+\.\d+", said)


def test_what_a_person_chooses_reaches_commands_by_the_environment_alone() -> None:
    """Written into a command, it could be a command."""
    for job in (*workflow()["jobs"].values(), *workflow(NIGHTLY)["jobs"].values()):
        assert not [step["run"] for step in job["steps"] if "${{" in step.get("run", "")]


def test_every_command_is_one_of_the_makefile_and_every_stage_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    runs = [step["run"] for job in workflow()["jobs"].values() for step in job["steps"] if "run" in step]
    assert {found for run in runs for found in re.findall(r"^make ([a-z-]+)", run)} == {
        "test",
        "bundle",
        "deploy",
    }
    assert {found for run in runs for found in re.findall(r"^make ([a-z-]+)", run)} <= targets
    nightly = workflow(NIGHTLY)["jobs"]["prove"]
    assert nightly["steps"][-1]["run"] == 'make "$COMMAND"'
    assert set(nightly["strategy"]["matrix"]["command"]) <= targets
    # PyYAML reads `on` as a boolean.
    offered = workflow()[True]["workflow_dispatch"]["inputs"]["stage"]["options"]  # type: ignore[index]
    assert set(offered) == {file.stem for file in STAGES.glob("*.toml")}


def test_the_role_is_for_one_environment_of_one_repository() -> None:
    [statement] = template("github.yaml")["Resources"]["DeployRole"]["Properties"][
        "AssumeRolePolicyDocument"
    ]["Statement"]
    bounds = statement["Condition"]["StringEquals"]
    assert bounds["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    sub = bounds["token.actions.githubusercontent.com:sub"]
    assert sub == {"Fn::Sub": "repo:${Repository}:environment:${Stage}"}
    role = template("github.yaml")["Resources"]["DeployRole"]["Properties"]
    step = next(s for s in workflow()["jobs"]["deploy"]["steps"] if "configure-aws" in s.get("uses", ""))
    assert step["with"]["role-duration-seconds"] <= role["MaxSessionDuration"]
