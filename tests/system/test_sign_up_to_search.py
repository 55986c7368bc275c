"""The whole way of a stranger's photo, and what a restart leaves of it."""

import hashlib
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local.drive.people import PASSWORD, Person, call, confirm, log_in, mails, new_person, sign_up
from local.drive.photos import photo
from local.drive.portal_process import PortalProcess
from local.drive.processes import is_alive
from local.drive.waiting import wait_until

CAPTION = "A quiet zanzibar morning #harbour"


@dataclass
class Shared:
    """A person and the picture that they have published."""

    person: Person
    data: bytes
    image: dict[str, Any]


@dataclass
class Restart:
    """How a stop and a second start went."""

    make_exit_code: int
    left_running: list[int]
    start_cpu_seconds: float


@pytest.fixture(scope="module")
def shared(portal: PortalProcess) -> Shared:
    """Sign-up, the code from the mailbox, log-in, upload, published."""
    name = sign_up(portal)
    before_code = call(portal, "/session", username=name, password=PASSWORD)
    assert before_code.status_code == 403
    confirm(portal, name)
    person = log_in(portal, name)
    data = photo(0)
    return Shared(person, data, person.publish(data, "morning.jpg", caption=CAPTION, licence="cc-by"))


@pytest.fixture(scope="module")
def restart(portal: PortalProcess, shared: Shared) -> Restart:
    """SIGTERM to make alone, then `make run` on the same LOCAL_DIR."""
    before = portal.pids()
    code = portal.stop()
    left = [pid for pid in {*before, *portal.pids()} if is_alive(pid)]
    portal.start()
    return Restart(code, left, portal.start_cpu_seconds)


def sha256(url: str) -> str:
    """Of what an address answers."""
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    return hashlib.sha256(answer.content).hexdigest()


def test_a_strangers_photo_goes_from_sign_up_to_the_feed(shared: Shared) -> None:
    newest = shared.person.get("/images", limit=1)["items"]
    assert [image["id"] for image in newest] == [shared.image["id"]]
    assert (newest[0]["username"], newest[0]["caption"]) == (shared.person.username, CAPTION)
    assert (newest[0]["width"], newest[0]["height"]) == (2048, 1536)


@pytest.mark.parametrize("query", ["zanzibar", "#harbour", "@{username}", "@{username} zanzibar #harbour"])
def test_a_photo_is_found_by_word_hashtag_user_and_all_together(shared: Shared, query: str) -> None:
    typed = query.format(username=shared.person.username)
    assert [image["id"] for image in shared.person.images(q=typed, commercial="true")] == [shared.image["id"]]


def test_a_photos_bytes_record_and_upload_tell_the_same_hash(shared: Shared) -> None:
    sent = hashlib.sha256(shared.data).hexdigest()
    assert shared.image["sha256"] == sent
    assert sha256(shared.image["original_url"]) == sent


def test_sigterm_to_make_alone_stops_every_process(restart: Restart) -> None:
    assert restart.left_running == []


def test_a_second_start_takes_less_than_ten_seconds(restart: Restart) -> None:
    """Of work, since tests share their machine: on two idle cores it is there sooner."""
    assert 1 < restart.start_cpu_seconds < 10


def test_after_a_restart_people_log_in_and_find_the_same_bytes(
    portal: PortalProcess, shared: Shared, restart: Restart
) -> None:
    again = log_in(portal, shared.person.username)
    [image] = again.images(q="zanzibar", user=again.username)
    assert image["id"] == shared.image["id"]
    assert sha256(image["original_url"]) == hashlib.sha256(shared.data).hexdigest()
    assert requests.get(image["preview_url"], timeout=30).status_code == 200


def test_after_a_restart_uploads_are_published(
    portal: PortalProcess, shared: Shared, restart: Restart
) -> None:
    person = log_in(portal, shared.person.username)
    image = person.publish(photo(6), "evening.jpg")
    assert person.images(user=person.username)[0]["id"] == image["id"]


def test_whose_password_changes_is_told_by_mail(portal: PortalProcess) -> None:
    person = new_person(portal)
    changed = requests.put(
        f"{portal.url}/api/v1/account/password",
        json={"old_password": PASSWORD, "new_password": f"{PASSWORD}-2"},
        headers=person.headers,
        timeout=30,
    )
    assert changed.status_code == 200, changed.text

    def told() -> str:
        found = mails(portal, f"{person.username}@example.com")
        return next((mail["text"] for mail in found if "password was changed" in mail["subject"]), "")

    text = wait_until(told, 30, "a mail about the new password")
    assert f"Account: {person.username}" in text
    assert "from the address 127.0.0.1" in text
