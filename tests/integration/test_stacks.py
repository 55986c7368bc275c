"""Change sets as `make deploy` uses them, against moto's CloudFormation: another reading of AWS than our stand-in's.

moto 5.2 puts out nothing of a stack that a change set made, can't cut networks, and deletes
them in a wrong order.
"""

from uuid import uuid4

import pytest
from botocore.session import Session

from deploy.launch.account import Account
from deploy.launch.stacks import Stacks
from deploy.launch.template import Template
from tests.support_cloud import REGION, aws_environment

CIDR = "!Cidr [!Ref Cidr, 4, 8]"


@pytest.fixture
def stacks(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    for name, value in aws_environment(moto_endpoint).items():
        monkeypatch.setenv(name, value)
    return Stacks(
        Account(Session(), REGION).client("cloudformation"), lambda _line: None, lambda _seconds: None
    )


def test_the_network_is_made_by_a_change_set_that_was_looked_at(stacks: Stacks) -> None:
    name, text = f"network-{uuid4().hex[:8]}", Template("network").text
    assert CIDR in text, "moto can't cut networks"
    text = text.replace(CIDR, "[10.61.0.0/18, 10.61.64.0/18, 10.61.128.0/18, 10.61.192.0/18]")
    given, tags = {"NatGateways": "each", "Cidr": "10.61.0.0/16"}, {"portal": "image-portal-staging"}
    assert not stacks.find(name).exists

    looked_at = stacks.prepare(name, text, given, tags, roles=False)
    assert looked_at.creates
    assert not stacks.find(name).exists, "a change set alone makes nothing"
    kinds = [change.kind for change in looked_at.changes]
    assert (kinds.count("AWS::EC2::Subnet"), kinds.count("AWS::EC2::NatGateway")) == (4, 2)

    made = stacks.run(looked_at)
    assert made.works
    assert stacks.resource(name, "Vpc").startswith("vpc-")
    subnets = {
        stacks.resource(name, f"{kind}Subnet{zone}") for kind in ("Public", "Private") for zone in "AB"
    }
    assert len(subnets) == 4
    assert stacks.template_of(name)
