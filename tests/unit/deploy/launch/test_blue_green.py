"""A second web environment takes the portal's name and gives it back; a failure at each step leaves blue as it was."""

import pytest

from deploy.launch import blue_green
from deploy.launch.smoke import SmokeFailed
from deploy.launch.stacks import Failed
from deploy.launch.stage import Refused, Stage
from deploy.launch.up import Wishes, up
from tests.unit.deploy.launch.aws import Aws, Refusal
from tests.unit.deploy.launch.conftest import Person
from tests.unit.deploy.launch.test_up import ENVIRONMENTS, versions


@pytest.fixture
def deployed(aws: Aws, stage: Stage, person: Person) -> Aws:
    """A stage with the first version, and a second one to deploy."""
    up(aws.account(), stage, Wishes(), person.hands)
    person.label = "two"
    person.smoked.clear()
    return aws


def deploy(aws: Aws, stage: Stage, person: Person) -> str:
    return up(aws.account(), stage, Wishes(), person.hands, blue_green.environments)


def must_be_as_before(aws: Aws) -> None:
    assert versions(aws) == ("one-web", "one-worker")
    assert (aws.green, aws.swaps % 2) == ({}, 0), "no green, and the name is blue's"


def test_green_takes_the_name_and_gives_it_back_to_a_blue_of_the_new_version(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    made: list[dict[str, object]] = []
    create = deployed.CreateEnvironment

    def noted(**given: object) -> None:
        made.append(given)
        create(**given)

    deployed.CreateEnvironment = noted  # type: ignore[method-assign]
    address = deploy(deployed, stage, person)
    assert versions(deployed) == ("two-web", "two-worker")
    assert (deployed.green, deployed.swaps) == ({}, 2)
    blue = f"http://{ENVIRONMENTS}-webenvironment.eu-west-1.elb.amazonaws.com"
    assert [url for url, _ in person.smoked] == ["http://green.elb.amazonaws.com", blue]
    assert address == blue
    [green] = made
    assert green["VersionLabel"] == "two-web"
    assert str(green["PlatformArn"]).startswith("arn:aws:elasticbeanstalk:eu-west-1::platform/Python 3.11 ")
    settings = {(s["Namespace"], s["OptionName"]): s["Value"] for s in green["OptionSettings"]}  # type: ignore[attr-defined]
    data = deployed.stacks["image-portal-staging-data"].outputs
    variables = "aws:elasticbeanstalk:application:environment"
    assert settings[variables, "SQS_QUEUE_URL"] == data["SqsQueueUrl"]
    assert settings["aws:elasticbeanstalk:environment", "ServiceRole"] == f"{ENVIRONMENTS}-servicerole"
    assert settings["aws:ec2:vpc", "AssociatePublicIpAddress"] == "true"
    assert not [name for name, value in settings.items() if "None" in value or "{" in value]


def test_workers_are_new_before_a_new_web_tier_sends_them_anything(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    seen: list[tuple[str, str]] = []
    create = deployed.CreateEnvironment

    def noted(**given: object) -> None:
        seen.append(versions(deployed))
        create(**given)

    deployed.CreateEnvironment = noted  # type: ignore[method-assign]
    deploy(deployed, stage, person)
    assert seen == [("one-web", "two-worker")]


def test_the_first_deployment_has_nothing_to_exchange_names_with(
    aws: Aws, stage: Stage, person: Person
) -> None:
    with pytest.raises(Refused, match="without --blue-green"):
        deploy(aws, stage, person)


@pytest.mark.parametrize(
    "operation", ["CreateApplicationVersion", "CreateEnvironment", "SwapEnvironmentCNAMEs"]
)
def test_what_beanstalk_refuses_leaves_everything_as_before(
    operation: str, deployed: Aws, stage: Stage, person: Person
) -> None:
    deployed.refuses[operation] = Refusal("TooManyEnvironmentsException", "You can't have more")
    with pytest.raises(Failed, match="You can't have more"):
        deploy(deployed, stage, person)
    must_be_as_before(deployed)


@pytest.mark.parametrize("which", ["green", "webenvironment"])
def test_a_version_that_does_not_work_leaves_everything_as_before(
    which: str, deployed: Aws, stage: Stage, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Green, before anybody is sent to it; or blue, while green has the name."""

    def smoke(_self: Person, portal: object, *_: object) -> None:
        if which in str(getattr(portal, "url", "")):
            raise SmokeFailed("GET /readyz: 503")

    monkeypatch.setattr(Person, "_smoke", smoke)
    with pytest.raises(Failed, match="was there for people all the time: GET /readyz: 503"):
        deploy(deployed, stage, person)
    must_be_as_before(deployed)


def test_a_green_that_turns_red_among_people_gives_the_name_back(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    deployed.on_pause = lambda: setattr(deployed, "green_health", "Red" if deployed.swaps == 1 else "Green")
    with pytest.raises(Failed, match="image-portal-staging-green is Red"):
        deploy(deployed, stage, person)
    must_be_as_before(deployed)
    assert deployed.swaps == 2


def test_a_blue_that_can_not_be_updated_takes_the_name_back_with_the_version_before(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    deployed.on_pause = lambda: deployed.fails.update(
        {"WebEnvironment": "it failed"} if deployed.swaps == 1 else {}
    )
    with pytest.raises(Failed):
        deploy(deployed, stage, person)
    deployed.fails.clear()
    assert deployed.swaps == 2
    assert deployed.green == {}


def test_an_attempt_that_was_cut_off_is_cleared_by_the_next(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    def broken() -> None:
        if deployed.swaps == 1:
            raise KeyboardInterrupt

    deployed.on_pause = broken
    with pytest.raises(KeyboardInterrupt):
        deploy(deployed, stage, person)
    assert deployed.green, "it goes on, with the name"
    deployed.on_pause = lambda: None
    deploy(deployed, stage, person)
    assert versions(deployed) == ("two-web", "two-worker")
    assert (deployed.green, deployed.swaps % 2) == ({}, 0)


def test_a_green_that_is_red_from_the_beginning_gets_nobody(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    deployed.green_health = "Red"
    with pytest.raises(Failed, match="its health is Red"):
        deploy(deployed, stage, person)
    must_be_as_before(deployed)
    assert deployed.swaps == 0
