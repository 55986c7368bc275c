"""`make destroy`: environments go; what holds data goes only when told twice."""

import pytest

from deploy.launch.down import down
from deploy.launch.stacks import Failed
from deploy.launch.stage import Refused, Stage
from deploy.launch.up import Wishes, up
from tests.unit.deploy.launch.aws import Aws, Refusal
from tests.unit.deploy.launch.conftest import Person
from tests.unit.deploy.launch.test_up import DATA, NETWORK, state


@pytest.fixture
def deployed(aws: Aws, stage: Stage, person: Person) -> Aws:
    """A stage with something in its bucket."""
    up(aws.account(), stage, Wishes(), person.hands)
    aws.objects[f"{DATA}-bucket"]["images/a.jpg"] = b"x"
    person.said.clear()
    return aws


def destroy(aws: Aws, stage: Stage, person: Person, *, data: bool = False, erase: str = "") -> None:
    down(aws.account(), stage, person.hands, data=data, erase=erase)


def test_environments_go_and_all_that_holds_data_stays(deployed: Aws, stage: Stage, person: Person) -> None:
    destroy(deployed, stage, person)
    assert state(deployed) == {NETWORK: "CREATE_COMPLETE", DATA: "CREATE_COMPLETE"}
    assert deployed.objects[f"{DATA}-bucket"]
    assert "bucket, queues, database, accounts" in person.text


def test_what_holds_data_is_not_erased_by_saying_so_once(deployed: Aws, stage: Stage, person: Person) -> None:
    for erase in ("", "production"):
        with pytest.raises(Refused, match='ARGS="--data --erase staging"'):
            destroy(deployed, stage, person, data=True, erase=erase)
    assert len(state(deployed)) == 3


def test_told_twice_everything_goes_but_the_databases_last_snapshot(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    destroy(deployed, stage, person, data=True, erase="staging")
    assert state(deployed) == {}
    assert deployed.kept == ["Database"], "as its last snapshot"
    assert f"{DATA}-bucket" not in deployed.objects
    assert "1 versions of objects are deleted" in person.text


def test_who_does_not_agree_keeps_everything(deployed: Aws, stage: Stage, person: Person) -> None:
    person.disagrees_to = "Take"
    for data in (False, True):
        with pytest.raises(Refused, match="Nothing was taken away"):
            destroy(deployed, stage, person, data=data, erase="staging")
    assert len(state(deployed)) == 3


def test_a_deletion_that_fails_says_why_and_can_be_repeated(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    deployed.refuses["DeleteObjects"] = Refusal("AccessDenied", "no deleting", 403)
    with pytest.raises(Exception, match="no deleting"):
        destroy(deployed, stage, person, data=True, erase="staging")
    deployed.refuses.clear()
    destroy(deployed, stage, person, data=True, erase="staging")
    assert state(deployed) == {}


def test_a_bucket_that_fills_again_while_it_is_emptied_is_told(
    deployed: Aws, stage: Stage, person: Person
) -> None:
    deployed.answers["DeleteObjects"] = {}
    with pytest.raises(Failed, match="not empty"):
        destroy(deployed, stage, person, data=True, erase="staging")


def test_nothing_there_is_said(aws: Aws, stage: Stage, person: Person) -> None:
    destroy(aws, stage, person)
    assert person.said == ["There is nothing to take away."]
