"""Change sets as `make deploy` uses them, against moto's CloudFormation: another reading of AWS than our stand-in's."""

from uuid import uuid4

import pytest
from botocore.session import Session

from deploy.launch.account import Account
from deploy.launch.stacks import Stacks
from deploy.launch.template import Template
from tests.support_cloud import REGION, aws_environment


@pytest.fixture
def stacks(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    for name, value in aws_environment(moto_endpoint).items():
        monkeypatch.setenv(name, value)
    return Stacks(
        Account(Session(), REGION).client("cloudformation"), lambda _line: None, lambda _seconds: None
    )


def test_the_network_is_made_left_alone_and_deleted(stacks: Stacks) -> None:
    name, text = f"network-{uuid4().hex[:8]}", Template("network").text
    given, tags = {"NatGateways": "each", "Cidr": "10.61.0.0/16"}, {"portal": "image-portal-staging"}
    assert not stacks.find(name).exists

    looked_at = stacks.prepare(name, text, given, tags, roles=False)
    assert looked_at.creates
    assert not stacks.find(name).exists, "a change set alone makes nothing"
    kinds = [change.kind for change in looked_at.changes]
    assert (kinds.count("AWS::EC2::Subnet"), kinds.count("AWS::EC2::NatGateway")) == (4, 2)

    made = stacks.run(looked_at)
    assert made.works
    assert made.outputs["VpcId"].startswith("vpc-")
    assert (
        len(set(made.outputs["PrivateSubnetIds"].split(",") + made.outputs["PublicSubnetIds"].split(",")))
        == 4
    )
    assert stacks.resource(name, "Vpc") == made.outputs["VpcId"]
    assert stacks.template_of(name)

    stacks.delete(name)
    assert not stacks.find(name).exists
