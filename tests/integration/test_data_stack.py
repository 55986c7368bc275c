"""data.yaml made by a stand-in; its outputs configure the product as environments.yaml says, and it starts and works.

moto makes the queues, the bucket, the network's parts, the record of a database, roles, policies and the topic. What
it can't make (user pool, secrets, alarms, dashboard, the policies of bucket and queues) is left out or filled in by
hand: WITHOUT, FILLED_IN, MISTAKEN. Nothing here shows that AWS accepts those. Of the bucket moto
makes the name alone, it enforces no policy, and its database is an address without a server.
"""

import json
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest

from shared.bootstrap import web_parts, worker_parts
from shared.config import ConfigurationError, WebSettings, WorkerSettings, load
from shared.parts import WebParts
from shared.ports.work_queue import Depth
from tests.support_cloud import REGION, aws_environment
from tests.support_templates import chosen, template
from web.app import create_app

WITHOUT = (
    "AWS::Cognito::",
    "AWS::CloudWatch::",
    "AWS::SecretsManager::",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
)
FILLED_IN = {
    '{"Ref": "UserPool"}': f"{REGION}_Standin1",
    '{"Ref": "UserPoolClient"}': "standin",
    '{"Fn::GetAtt": ["UserPool", "Arn"]}': f"arn:aws:cognito-idp:{REGION}:123456789012:userpool/{REGION}_Standin1",
    '{"Ref": "DatabaseLogin"}': f"arn:aws:secretsmanager:{REGION}:123456789012:secret:tiers",
    '{"Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]}': (
        f"arn:aws:secretsmanager:{REGION}:123456789012:secret:rds!db-standin"
    ),
}
MISTAKEN = ("DBParameterGroupName",)
"""Properties of the database that moto 5.2 stumbles over: it takes the group itself for the group's name."""


def for_moto(document: dict[str, Any], session_secret: str) -> str:
    """The template as far as moto can make it, with the ARN of a secret that was made by hand."""
    kept = {n: r for n, r in document["Resources"].items() if not r["Type"].startswith(WITHOUT)}
    for name in MISTAKEN:
        del kept["Database"]["Properties"][name]
    text = json.dumps({k: v for k, v in document.items() if k != "Metadata"} | {"Resources": kept})
    for reference, value in (FILLED_IN | {'{"Ref": "SessionSecret"}': session_secret}).items():
        assert reference in text
        text = text.replace(reference, json.dumps(value))
    return text


def client(service: str) -> Any:
    """A client for a service whose stubs are not installed."""
    return boto3.client(service)  # type: ignore[call-overload, unused-ignore]


def session_secret(document: dict[str, Any]) -> str:
    """Make the secret as the template asks for it; returns its ARN."""
    secrets = client("secretsmanager")
    asked = document["Resources"]["SessionSecret"]["Properties"]["GenerateSecretString"]
    made = secrets.get_random_password(**asked)["RandomPassword"]
    arn: str = secrets.create_secret(Name=f"session-{uuid4()}", SecretString=made)["ARN"]
    return arn


@pytest.fixture
def outputs(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the stack puts out."""
    for name, value in aws_environment(moto_endpoint).items():
        monkeypatch.setenv(name, value)
    ec2, cloudformation, document = client("ec2"), client("cloudformation"), template("data.yaml")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=REGION + zone)["Subnet"]
        for n, zone in enumerate("ab")
    ]
    name = f"data-{uuid4().hex[:8]}"
    parameters = {
        "VpcId": vpc,
        "PrivateSubnetIds": ",".join(s["SubnetId"] for s in subnets),
        "AlarmEmail": "ops@example.com",
    }
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=for_moto(document, session_secret(document)),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}


def variables(environment: str, outputs: dict[str, str]) -> dict[str, str]:
    """The environment variables that Beanstalk would give, from the template's option settings."""
    document = template("environments.yaml")
    defaults = {
        name: given["Default"] for name, given in document["Parameters"].items() if "Default" in given
    }
    known, given = defaults | outputs | {"AWS::Region": REGION}, {}
    properties = document["Resources"][environment]["Properties"]
    for option in chosen(properties["OptionSettings"], options=False):
        name, value = option["OptionName"], option["Value"]
        if option["Namespace"] == "aws:elasticbeanstalk:application:environment":
            given[name] = value if isinstance(value, str) else known[value["Ref"]]
        if option["Namespace"] == "aws:elasticbeanstalk:application:environmentsecrets":
            given[name] = client("secretsmanager").get_secret_value(SecretId=known[value["Ref"]])[
                "SecretString"
            ]
    return given


def test_the_outputs_configure_both_tiers_and_the_web_tier_answers(outputs: dict[str, str]) -> None:
    web = web_parts(load(WebSettings, variables("WebEnvironment", outputs)))
    worker_parts(load(WorkerSettings, variables("WorkerEnvironment", outputs)))

    answer = create_app(web).test_client().get("/check-status", base_url="https://portal.example.com")

    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert "mysql+pymysql://" in web.settings.database_url.get_secret_value()
    assert web.settings.trusted_proxies == 2
    assert len(web.settings.session_secret.get_secret_value()) == 64


def test_the_queues_are_ones_that_a_worker_accepts(outputs: dict[str, str]) -> None:
    parts = worker_parts(load(WorkerSettings, variables("WorkerEnvironment", outputs)))
    assert parts.queue.misconfiguration() == []
    parts.queue.send(UUID(int=1), UUID(int=2))
    assert parts.queue.depth() == Depth(visible=1, in_flight=0, delayed=0, dead_letters=0)


def test_the_bucket_takes_and_gives(outputs: dict[str, str]) -> None:
    parts: WebParts = web_parts(load(WebSettings, variables("WebEnvironment", outputs)))
    parts.store.check()
    parts.store.put("staging/x", b"bytes", "image/jpeg")
    assert parts.store.get("staging/x") == b"bytes"
    assert [entry.key for entry in parts.store.list("staging/")] == ["staging/x"]


def test_a_missing_output_stops_the_start(outputs: dict[str, str]) -> None:
    environment = variables("WebEnvironment", outputs | {"S3Bucket": ""})
    with pytest.raises(ConfigurationError, match="S3_BUCKET is missing"):
        load(WebSettings, environment)
