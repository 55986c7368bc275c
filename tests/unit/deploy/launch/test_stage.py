"""A stage's file: every fault at once, before an account is needed; and the command around it."""

import json
from pathlib import Path

import pytest

from deploy.launch.__main__ import main
from deploy.launch.smoke import Portal, SmokeFailed
from deploy.launch.stage import STAGES, Refused, read_stage
from deploy.launch.template import Template
from tests.unit.deploy.launch.conftest import STAGING, written

TLS = STAGING.replace('"trial"', '""')


@pytest.mark.parametrize("name", sorted(file.stem for file in STAGES.glob("*.toml")))
def test_the_stages_that_come_with_it_are_right(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", name, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"Stack image-portal-{name}-environments" in said
    assert "SqsQueueUrl = (from an earlier stack)" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STAGING.replace("eu-west-1", "Ireland"), "region is 'Ireland'"),
        (STAGING.replace("trial", "test"), "variant is 'test'"),
        (STAGING.replace("[tags]", "[extra]"), "extra is not known here"),
        (
            STAGING.replace("DatabaseMultiAz", "DatabaseMultiAZ"),
            "data: there is no parameter DatabaseMultiAZ",
        ),
        (STAGING.replace("150", '"much"'), "data: MonthlyBudgetUsd is 'much': must be a number"),
        (STAGING.replace("150", "-1"), "must be from 0 to 1000000"),
        (STAGING.replace('"none"', '"two"'), "network: NatGateways is 'two': must be one of none, one, each"),
        (STAGING.replace("[data]", '[data]\nAlarmEmail = "me"'), "must be an e-mail address, or nothing"),
        (STAGING.replace('[network]\nNatGateways = "none"', ""), "data: VpcId is missing"),
        (STAGING.replace("[data]", "[date]"), "[data] is missing"),
        (STAGING.replace("InstancesInPublicSubnets = true", ""), "leaves instances without a way out"),
        (TLS, "HostName (or CertificateArn) is missing"),
        (
            STAGING.replace("[network]", '[network]\nHostName = "a.example.com"'),
            "'trial' is for a portal without",
        ),
        (STAGING.replace("[environments]", '[environments]\nLoadBalancerType = "classic"'), "go together"),
        (STAGING.replace("[data]", '[data]\nBackupRegion = "eu-west-1"'), "must be another region"),
        (STAGING.replace("[data]", '[data]\nBackupRegion = "eu-west-2"'), "BackupKeyArn go together"),
        (
            TLS.replace('""', '"classic"').replace(
                "[environments]", '[environments]\nLoadBalancerType = "classic"\nWebDeployment = "canary"'
            ),
            "can't split requests",
        ),
        ("region = ", "Invalid value"),
    ],
)
def test_a_fault_is_told_in_words(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        written(tmp_path, text)
    assert said in str(refused.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        written(tmp_path, STAGING.replace("eu-west-1", "x").replace("trial", "y").replace('"none"', '"z"'))
    assert str(refused.value).count("\n  - ") == 3


@pytest.mark.parametrize("name", ["", "Prod", "../etc", "nowhere"])
def test_a_stage_that_is_not_there_is_told_with_those_that_are(name: str, tmp_path: Path) -> None:
    (tmp_path / "staging.toml").write_text(STAGING)
    with pytest.raises(Refused, match="staging"):
        read_stage(name, tmp_path)


def test_the_command_says_what_is_wrong_and_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert main(["down", "nowhere"]) == 1
    assert "There is no" in capsys.readouterr().err
    assert main(["down", "staging"]) == 1
    assert "credentials" in capsys.readouterr().err


def test_without_its_protections_a_template_keeps_a_snapshot_of_the_database_alone() -> None:
    text = Template("data").without_retention()
    assert len(text) <= 51_200, "what can be sent with a change set"
    bare = json.loads(text)
    kept = {
        name for name, r in bare["Resources"].items() if r.get("DeletionPolicy") in ("Retain", "Snapshot")
    }
    assert kept == {"Database"}
    assert bare["Resources"]["Database"]["Properties"]["DeletionProtection"] is False
    assert bare["Resources"]["UserPool"]["Properties"]["DeletionProtection"] == "INACTIVE"
    assert bare["Parameters"] == json.loads(json.dumps(Template("data").parameters))
    for resource in bare["Resources"].values():
        if resource.get("DeletionPolicy") == "Delete":
            assert resource["Metadata"], "or CloudFormation does not take the policy"


@pytest.mark.slow
def test_a_portal_that_is_not_there_is_told() -> None:
    with pytest.raises(SmokeFailed, match=r"GET /check-status: .*refused"):
        Portal("http://127.0.0.1:9").ask("GET", "/check-status", 200)
