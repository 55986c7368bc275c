"""Repeats: while the portal is away, never when it says no."""

import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from image_portal_cli.body import Form
from image_portal_cli.client import Client, delay
from image_portal_cli.faults import FileChanged, PortalAway, Refusal, Stopped
from image_portal_cli.files import sha256_of
from tests.unit.cli.fake_portal import Answer, FakePortal

pytestmark = pytest.mark.slow

GOOD = Answer(200, {"ok": "yes"})


@pytest.mark.parametrize("trouble", [0, 429, 500, 502, 503, 504], ids=lambda s: f"{s or 'a cut connection'}")
def test_what_passes_is_tried_again(portal: FakePortal, trouble: int) -> None:
    portal.answers = [Answer(trouble), Answer(trouble), GOOD]
    assert Client(portal.url).call("GET", "/uploads") == {"ok": "yes"}
    assert len(portal.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 422])
def test_a_no_is_not_tried_again(portal: FakePortal, status: int) -> None:
    portal.answers = [Answer(status, {"code": "some_code", "detail": "A sentence."}), GOOD]
    with pytest.raises(Refusal, match=r"A sentence\.") as refused:
        Client(portal.url).call("GET", "/uploads")
    assert (refused.value.status, refused.value.code) == (status, "some_code")
    assert len(portal.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_retry_after_says(portal: FakePortal, status: int) -> None:
    portal.answers = [Answer(status, headers={"Retry-After": "1"}), GOOD]
    begun = time.monotonic()
    Client(portal.url).call("GET", "/uploads")
    assert time.monotonic() - begun >= 1


def test_a_portal_that_stays_away_is_given_up(portal: FakePortal) -> None:
    portal.answers = [Answer(503)]
    with pytest.raises(PortalAway, match="it answered 503"):
        Client(portal.url, retries=2).call("GET", "/uploads")
    assert len(portal.asked) == 3


def test_an_error_of_the_portal_about_one_request_is_that_ones_refusal(portal: FakePortal) -> None:
    portal.answers = [Answer(500)]
    with pytest.raises(Refusal, match="500"):
        Client(portal.url, retries=1).call("GET", "/uploads")


def test_an_address_without_a_portal_is_told(portal: FakePortal) -> None:
    portal.answers = [Answer(404, {"no": "problem+json"})]
    with pytest.raises(PortalAway, match="No Image Portal answers"):
        Client(portal.url).call("GET", "/uploads")


def test_a_redirect_is_not_followed_with_the_token(portal: FakePortal) -> None:
    portal.answers = [Answer(301, headers={"Location": "https://elsewhere.example/"})]
    with pytest.raises(PortalAway, match=r"redirect to https://elsewhere\.example/"):
        Client(portal.url).call("GET", "/uploads", token="secret")
    assert len(portal.asked) == 1


def test_a_stop_ends_a_wait(portal: FakePortal) -> None:
    portal.answers = [Answer(503, headers={"Retry-After": "60"})]
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Stopped):
        Client(portal.url, stop=stop).call("GET", "/uploads")
    assert time.monotonic() - begun < 30


def test_a_file_is_sent_whole_with_its_fields_at_each_attempt(portal: FakePortal, tmp_path: Path) -> None:
    path = tmp_path / 'ä "b".jpg'
    path.write_bytes(bytes(range(256)) * 1000)
    portal.answers = [Answer(503), Answer(202, {"id": "1"})]
    Client(portal.url).call("POST", "/images", form=lambda: Form(path, sha256_of(path), {"caption": "Größe"}))
    for asked in portal.asked:
        boundary = asked.headers["Content-Type"].partition("boundary=")[2].encode()
        field, file = asked.body.split(b"--" + boundary)[1:3]
        assert field == b'\r\nContent-Disposition: form-data; name="caption"\r\n\r\nGr\xc3\xb6\xc3\x9fe\r\n'
        head, _, content = file.partition(b"\r\n\r\n")
        assert 'filename="ä %22b%22.jpg"'.encode() in head
        assert content == path.read_bytes() + b"\r\n"
        assert asked.body.endswith(b"--" + boundary + b"--\r\n")
    assert len(portal.asked) == 2


@pytest.mark.parametrize("now", [b"other bytes!", b"shorter", b"longer than before"])
def test_a_file_that_has_changed_is_never_sent_to_its_end(tmp_path: Path, now: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"first bytes!")
    sha256 = sha256_of(path)
    path.write_bytes(now)
    sent: list[bytes] = []
    with closing(Form(path, sha256, {})) as form, pytest.raises(FileChanged):
        sent.extend(form)
    assert not b"".join(sent).endswith(b"--\r\n")


def test_delays_grow_to_half_a_minute() -> None:
    delays = [delay(attempt) for attempt in range(12)]
    assert delays[0] <= 0.5
    assert all(0.7 * 30 <= one <= 30 for one in delays[7:])
