"""What breaks is mended without anyone acting."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from local.drive.people import Person
from local.drive.photos import small_photo
from local.drive.portal_process import PortalProcess
from local.drive.processes import is_alive
from local.drive.waiting import wait_until
from tests.system.aws import aws

# The sweep takes nothing for lost that was accepted less than half a minute ago.
SWEPT_SECONDS = 75.0


@contextmanager
def without_worker(portal: PortalProcess) -> Iterator[None]:
    """The worker is stopped, and the launcher held, so that it does not start it again meanwhile."""
    launcher, worker = portal.launcher, portal.pid_of("worker")
    os.kill(launcher, signal.SIGSTOP)
    try:
        os.kill(worker, signal.SIGTERM)
        wait_until(lambda: not is_alive(worker), 20, "the worker has stopped")
        yield
    finally:
        os.kill(launcher, signal.SIGCONT)


def depth(portal: PortalProcess) -> int:
    """Messages on the queue in any state."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = aws(portal, "sqs").get_queue_attributes(
        QueueUrl=portal.env()["SQS_QUEUE_URL"], AttributeNames=names
    )
    return sum(int(answer["Attributes"][name]) for name in names)


def test_an_accepted_upload_whose_message_was_lost_is_published_by_the_sweep(
    portal: PortalProcess, person: Person
) -> None:
    with without_worker(portal):
        upload_id = person.upload(small_photo(1), caption="swept ashore")
        wait_until(lambda: depth(portal) > 0, 10, "the message is on the queue")
        aws(portal, "sqs").purge_queue(QueueUrl=portal.env()["SQS_QUEUE_URL"])
        wait_until(lambda: depth(portal) == 0, 10, "the message is lost")
    assert person.get(f"/uploads/{upload_id}")["status"] == "queued"
    assert person.finished(upload_id, SWEPT_SECONDS)["status"] == "published"
    assert [image["id"] for image in person.images(q="ashore")] == [upload_id]


def test_a_killed_web_tier_is_started_again_and_answers(portal: PortalProcess, person: Person) -> None:
    before = len(portal.lines())
    killed = portal.pid_of("web")
    os.kill(killed, signal.SIGKILL)
    said = "web stopped (exit -9); starting it again"
    wait_until(lambda: said in portal.lines()[before:], 20, f"the launcher says: {said}")
    wait_until(lambda: portal.pid_of("web") != killed and portal.answers(), 30, "the portal answers again")
    assert person.publish(small_photo(2))["username"] == person.username
