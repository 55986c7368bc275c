"""Resources of .ebextensions are right CloudFormation, once merged into the stack that Beanstalk makes."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.bundle import PROCESSES
from deploy.options.read import extensions
from tests.unit.deploy.support import ROOT

# What they add to: Beanstalk's own resources, as far as it takes to be valid.
ALARM = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "Namespace": "AWS/EC2",
        "MetricName": "NetworkIn",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
    },
}
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
STUBS: dict[str, Any] = {
    "AWSEBAutoScalingGroup": {
        "Type": "AWS::AutoScaling::AutoScalingGroup",
        "Properties": {
            "MinSize": "1",
            "MaxSize": "4",
            "AvailabilityZones": {"Fn::GetAZs": ""},
            "LaunchTemplate": {"LaunchTemplateName": "beanstalks", "Version": "1"},
        },
    },
    "AWSEBCloudwatchAlarmHigh": ALARM,
    "AWSEBCloudwatchAlarmLow": ALARM,
}
BALANCER: dict[str, Any] = {
    "AWSEBV2LoadBalancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {"Subnets": ["subnet-01234567", "subnet-89abcdef"]},
    },
    "AWSEBV2LoadBalancerListener": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": {}},
}
CLASSIC: dict[str, Any] = {
    "AWSEBLoadBalancer": {
        "Type": "AWS::ElasticLoadBalancing::LoadBalancer",
        "Properties": {
            "Subnets": ["subnet-01234567"],
            "Listeners": [{"InstancePort": "80", "LoadBalancerPort": "80", "Protocol": "HTTP"}],
        },
    },
}
BALANCERS = {
    "": BALANCER,
    "trial": {"AWSEBV2LoadBalancer": BALANCER["AWSEBV2LoadBalancer"]},
    "classic": CLASSIC,
}


def stack(tier: str, variant: str = "") -> dict[str, Any]:
    """The tier's stack: stubs with the Resources of every file of its bundle laid over them."""
    resources = copy.deepcopy(STUBS | (BALANCERS[variant] if tier == "web" else {}))
    for file in extensions(ROOT, tier, variant):
        merge(resources, yaml.safe_load(file.read_text()).get("Resources", {}))
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    known: dict[str, Any] = resolve(template)
    return known


def merge(below: dict[str, Any], above: dict[str, Any]) -> None:
    """As Beanstalk does: mappings are merged, everything else is replaced."""
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            merge(below[key], value)
        else:
            below[key] = value


def resolve(value: Any) -> Any:
    """With Beanstalk's own function, which CloudFormation never sees, replaced by a value."""
    if isinstance(value, dict):
        if "Fn::GetOptionSetting" in value or value == {"Ref": "AWSEBEnvironmentName"}:
            return TOPIC if "AlarmTopicArn" in str(value) else "some-value"
        return {k: resolve(v) for k, v in value.items()}
    return [resolve(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What cfn-lint says, errors and warnings, of what ships and of each planted fault: it takes seconds to start."""
    folder = tmp_path_factory.mktemp("stacks")
    stacks = {"worker": stack("worker")} | {f"web{variant}": stack("web", variant) for variant in BALANCERS}
    # What a classic balancer's environment would be with the file that the variant leaves out.
    stacks["unfit"] = stack("web", "classic")
    redirect = yaml.safe_load((ROOT / ".ebextensions/web-25-https-redirect.config").read_text())
    merge(stacks["unfit"]["Resources"], redirect["Resources"])
    for plant, _ in PLANTED:
        stacks[plant.__name__] = stack("worker")
        plant(stacks[plant.__name__]["Resources"])
    for name, made in stacks.items():
        (folder / f"{name}.json").write_text(json.dumps(made))
    program = str(Path(sys.executable).with_name("cfn-lint"))
    files = [str(folder / f"{name}.json") for name in stacks]
    command = [program, "--regions", "eu-west-1", "--format", "json", "--", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said: dict[str, list[str]] = {name: [] for name in stacks}
    for fault in json.loads(done.stdout):
        said[Path(fault["Filename"]).stem].append(f"{fault['Rule']['Id']} {fault['Message']}")
    return said


@pytest.mark.parametrize("shipped", ["worker", *(f"web{variant}" for variant in BALANCERS)])
def test_what_ships_has_no_fault(shipped: str, complaints: dict[str, list[str]]) -> None:
    assert complaints[shipped] == []


def test_the_redirect_names_what_a_classic_balancer_has_not(complaints: dict[str, list[str]]) -> None:
    assert "'AWSEBV2LoadBalancer' is not one of" in " ".join(complaints["unfit"])


def misspell_policy(resources: dict[str, Any]) -> None:
    resources["WorkerBacklog"]["Properties"]["PolicyType"] = "TargetTrakingScaling"


def forget_target(resources: dict[str, Any]) -> None:
    del resources["WorkerBacklog"]["Properties"]["TargetTrackingConfiguration"]["TargetValue"]


def name_no_group(resources: dict[str, Any]) -> None:
    resources["WorkerBacklog"]["Properties"]["AutoScalingGroupName"] = {"Ref": "AWSEBAutoscalingGroup"}


def misspell_property(resources: dict[str, Any]) -> None:
    resources["AWSEBAutoScalingGroup"]["Properties"]["HealthCheckGracePeriods"] = 300


def misspell_granularity(resources: dict[str, Any]) -> None:
    resources["AWSEBAutoScalingGroup"]["Properties"]["MetricsCollection"][0]["Granularity"] = ["1Minute"]


PLANTED = [
    (misspell_policy, "E3030"),
    (forget_target, "'TargetValue' is a required property"),
    (name_no_group, "'AWSEBAutoscalingGroup' is not one of"),
    (misspell_property, "'HealthCheckGracePeriods' was unexpected"),
    (misspell_granularity, "['1Minute'] is not of type 'string'"),
]


@pytest.mark.parametrize(("plant", "complaint"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_a_planted_fault_is_found(plant: Any, complaint: str, complaints: dict[str, list[str]]) -> None:
    assert complaint in " ".join(complaints[plant.__name__])


def test_beanstalks_alarms_do_nothing_on_workers_and_all_on_web() -> None:
    for name in ("AWSEBCloudwatchAlarmHigh", "AWSEBCloudwatchAlarmLow"):
        assert stack("worker")["Resources"][name]["Properties"]["AlarmActions"] == [{"Ref": "AWS::NoValue"}]
        assert "AlarmActions" not in stack("web")["Resources"][name]["Properties"]


@pytest.mark.parametrize(
    ("variant", "namespace", "names"),
    [
        ("", "AWS/ApplicationELB", {"RequestCount", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"}),
        ("classic", "AWS/ELB", {"RequestCount", "HTTPCode_Backend_5XX", "HTTPCode_ELB_5XX"}),
    ],
)
def test_server_errors_ring_from_the_first_deployment_on(
    variant: str, namespace: str, names: set[str]
) -> None:
    """The balancer's name is known in the environment's own stack: no second pass has to bring it."""
    alarm = stack("web", variant)["Resources"]["ServerErrorAlarm"]["Properties"]
    assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC]
    counted = [m["MetricStat"]["Metric"] for m in alarm["Metrics"] if "MetricStat" in m]
    assert {(m["Namespace"], m["MetricName"]) for m in counted} == {(namespace, name) for name in names}
    for metric in counted:
        [dimension] = metric["Dimensions"]
        assert next(iter(BALANCERS[variant])) in json.dumps(dimension["Value"])


def test_nothing_that_holds_data_lives_in_the_environment() -> None:
    for tier in ("web", "worker"):
        kinds = {resource["Type"].split("::")[1] for resource in stack(tier)["Resources"].values()}
        assert kinds <= {"AutoScaling", "CloudWatch", "ElasticLoadBalancingV2", "Logs"}


def test_celerys_log_is_streamed_into_a_group_of_the_environment() -> None:
    """Beanstalk itself streams the Procfile's first process, which on workers is the tick."""
    config = yaml.safe_load((ROOT / ".ebextensions" / "worker-40-logs.config").read_text())
    (path, file), *_ = config["files"].items()
    group = "/aws/elasticbeanstalk/some-environment/var/log/worker.stdout.log"

    # Backticks are Beanstalk's: it puts in what the function gives.
    calls = re.findall(r"`([^`]*)`", file["content"])
    assert [evaluated(json.loads(call)) for call in calls] == [group]
    (collected,) = json.loads(re.sub(r"`[^`]*`", group, file["content"]))["logs"]["logs_collected"]["files"][
        "collect_list"
    ]
    first, *others = PROCESSES["worker"]
    assert first == "web"
    assert collected["file_path"] in {f"/var/log/{name}.stdout.log" for name in others}
    assert collected["log_group_name"] == group
    made = config["Resources"]["WorkerLog"]
    assert evaluated(made["Properties"]["LogGroupName"]) == group
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert config["container_commands"]["10_stream_the_workers_log"]["command"].endswith(f"file:{path}")


def evaluated(value: Any) -> str:
    """What Fn::Join over strings and the environment's name gives."""
    separator, parts = value["Fn::Join"]
    return str(separator.join(p if isinstance(p, str) else "some-environment" for p in parts))


def test_plain_http_is_sent_on_for_pages_and_refused_for_programs() -> None:
    found = yaml.safe_load((ROOT / ".ebextensions/web-25-https-redirect.config").read_text())["Resources"]
    [default] = found["AWSEBV2LoadBalancerListener"]["Properties"]["DefaultActions"]
    assert default["RedirectConfig"]["Protocol"] == "HTTPS"
    rule = found["PlainApiRefused"]["Properties"]
    assert rule["ListenerArn"] == {"Ref": "AWSEBV2LoadBalancerListener"}
    assert rule["Conditions"][0]["PathPatternConfig"]["Values"] == ["/api/*"]
    [action] = rule["Actions"]
    answer = action["FixedResponseConfig"]
    assert action["Type"] == "fixed-response"
    assert json.loads(answer["MessageBody"])["status"] == int(answer["StatusCode"]) == 403


def test_what_ships_streams_its_logs_out_of_the_instance_and_keeps_them() -> None:
    said = yaml.safe_load((ROOT / ".ebextensions/00-common.config").read_text())["option_settings"]
    logs = said["aws:elasticbeanstalk:cloudwatch:logs"]
    assert (logs["StreamLogs"], logs["DeleteOnTerminate"]) == (True, False)
    assert logs["RetentionInDays"] >= 30
