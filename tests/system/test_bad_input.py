"""Bad input over real sockets: a clear answer with the right status, nothing lost, nothing told that is ours."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from local.drive.people import (
    PASSWORD,
    Person,
    call,
    mailed_code,
    new_person,
    operator,
    sign_up,
    unused_name,
)
from local.drive.photos import photo, small_photo
from local.drive.portal_process import PortalProcess

INTERNALS = re.compile(
    r"Traceback|File \"|\.py\b|werkzeug|gunicorn|boto|pymysql|sqlalchemy|site-packages|celery|ministack"
    r"|/(?:root|srv|usr|var)/",
    re.IGNORECASE,
)
LARGE = 30 * 1024 * 1024


@pytest.fixture(scope="module")
def somebody(portal: PortalProcess) -> Person:
    """One person for all of these."""
    return new_person(portal)


def problem(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """The answer's problem+json, which must be of this kind and keep our internals to itself."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"]
    assert not INTERNALS.search(answer.text), answer.text
    return body


def session_of(portal: PortalProcess, name: str) -> requests.Session:
    """A browser without scripts, logged in."""
    browser = requests.Session()
    form = browser.get(f"{portal.url}/login", timeout=30).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token
    fields = {"username": name, "password": PASSWORD, "csrf_token": token[1]}
    answer = browser.post(f"{portal.url}/login", data=fields, timeout=30)
    assert answer.url == f"{portal.url}/"
    return browser


def staged(person: Person) -> list[str]:
    return [upload["id"] for upload in person.get("/uploads", status="progress")["items"]]


def test_a_file_of_30_mb_is_refused_with_an_answer_that_its_sender_can_read(somebody: Person) -> None:
    data = small_photo(3) + bytes(LARGE)
    problem(somebody.post_image(data, "huge.jpg"), 413, "too_large")
    assert staged(somebody) == []


def test_a_sender_that_expects_100_continue_reads_the_refusal_of_a_large_file(
    somebody: Person, tmp_path: Path
) -> None:
    curl = shutil.which("curl")
    assert curl, "make test installs it"
    file = tmp_path / "huge.jpg"
    file.write_bytes(small_photo(3) + bytes(LARGE))
    headers = [f"Authorization: Bearer {somebody.token}", "Expect: 100-continue"]
    run = subprocess.run(
        [curl, "--silent", "--show-error", "--noproxy", "*", "--max-time", "30"]
        + [part for header in headers for part in ("-H", header)]
        + ["-F", f"file=@{file}", "-w", "\n%{http_code}", f"{somebody.portal.url}/api/v1/images"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    body, _, status = run.stdout.rpartition("\n")
    assert (status, json.loads(body)["code"]) == ("413", "too_large")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty"),
        (b"Dear diary, this is no picture at all.\n" * 40, 415, "unsupported_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_type"),
    ],
    ids=["empty", "text", "svg"],
)
def test_what_is_no_image_is_refused_whatever_its_name_says(
    somebody: Person, data: bytes, status: int, code: str
) -> None:
    problem(somebody.post_image(data, "holiday.jpg"), status, code)
    assert staged(somebody) == []


def test_a_truncated_jpeg_is_accepted_and_then_rejected_as_truncated(somebody: Person) -> None:
    upload = somebody.finished(somebody.upload(photo(0)[:200_000], "half.jpg"))
    assert (upload["status"], upload["reason"]["code"]) == ("rejected", "truncated")
    assert upload["reason"]["message"]
    assert "image" not in upload
    assert not INTERNALS.search(json.dumps(upload["reason"]))


def test_of_a_name_with_a_path_the_last_part_is_kept_in_any_script(somebody: Person) -> None:
    upload = somebody.finished(somebody.upload(small_photo(4), "../../日本語.jpg"))
    assert (upload["status"], upload["filename"]) == ("published", "日本語.jpg")
    original = requests.get(upload["image"]["original_url"], timeout=30)
    assert "%E6%97%A5%E6%9C%AC%E8%AA%9E.jpg" in original.headers["Content-Disposition"]


def test_a_caption_of_5000_characters_is_refused_and_the_file_not_kept(somebody: Person) -> None:
    body = problem(somebody.post_image(small_photo(5), caption="<b>word</b> " * 417), 422, "caption_too_long")
    assert "2,000" in body["detail"]
    assert staged(somebody) == []


def test_an_unknown_licence_is_refused(somebody: Person) -> None:
    problem(somebody.post_image(small_photo(5), licence="wtfpl"), 422, "unknown_licence")


def test_markup_in_a_caption_is_text_on_every_page(portal: PortalProcess, somebody: Person) -> None:
    caption = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'&amp; markup"
    image = somebody.publish(small_photo(6), '"><svg onload=alert(3)>.jpg', caption=caption)
    assert image["caption"] == caption
    browser = session_of(portal, somebody.username)
    pages = ["/", f"/image/{image['id']}", f"/home/user/{somebody.username}", "/uploads", "/search?q=markup"]
    for path in [*pages, "/search?q=%3Cscript%3Ealert(4)%3C/script%3E"]:
        page = browser.get(portal.url + path, timeout=30)
        assert page.status_code == 200
        assert not re.search(r"<script>|<img src=x|<svg onload", page.text), path


def test_a_wrong_code_is_refused_and_the_account_stays_unverified(portal: PortalProcess) -> None:
    name = sign_up(portal)
    wrong = "000000" if mailed_code(portal, f"{name}@example.com") != "000000" else "111111"
    problem(call(portal, "/confirm", username=name, code=wrong), 400, "code_mismatch")
    problem(call(portal, "/session", username=name, password=PASSWORD), 403, "not_confirmed")


def test_a_user_name_is_given_once(portal: PortalProcess, somebody: Person) -> None:
    answer = call(portal, "/signup", username=somebody.username, email="other@example.com", password=PASSWORD)
    problem(answer, 409, "username_taken")


@pytest.mark.parametrize("password", ["short", "1234567"])
def test_a_weak_password_is_refused(portal: PortalProcess, password: str) -> None:
    name = unused_name()
    answer = call(portal, "/signup", username=name, email=f"{name}@example.com", password=password)
    problem(answer, 422, "weak_password")


@pytest.mark.parametrize("name", ["a", "Ana", "ana maria", "x" * 31, "../etc", "日本"])
def test_a_user_name_that_is_none_is_refused(portal: PortalProcess, name: str) -> None:
    answer = call(portal, "/signup", username=name, email="ana@example.com", password=PASSWORD)
    problem(answer, 422, "invalid_username")


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(
    portal: PortalProcess, somebody: Person
) -> None:
    wrong = problem(
        call(portal, "/session", username=somebody.username, password="Wrong-horse-1"), 401, "bad_credentials"
    )
    unknown = problem(
        call(portal, "/session", username=unused_name(), password=PASSWORD), 401, "bad_credentials"
    )
    assert wrong == unknown


def test_nothing_of_the_api_opens_without_a_verified_user(portal: PortalProcess) -> None:
    for path in ("/images", "/uploads", "/users/operator", "/queue"):
        problem(requests.get(f"{portal.url}/api/v1{path}", timeout=30), 401, "not_logged_in")
        forged = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."}
        problem(requests.get(f"{portal.url}/api/v1{path}", headers=forged, timeout=30), 401, "invalid_token")


def test_uploads_are_their_owners_and_the_queue_is_the_operators(
    portal: PortalProcess, somebody: Person
) -> None:
    upload_id = somebody.finished(somebody.upload(small_photo(7)))["id"]
    stranger = new_person(portal)
    url = f"{portal.url}/api/v1/uploads/{upload_id}"
    problem(requests.get(url, headers=stranger.headers, timeout=30), 404, "not_found")
    queue = f"{portal.url}/api/v1/queue"
    problem(requests.get(queue, headers=stranger.headers, timeout=30), 403, "not_operator")
    assert operator(portal).get(f"/uploads/{upload_id}")["status"] == "published"
    assert {"visible", "in_flight", "delayed", "dead_letters"} <= set(operator(portal).get("/queue"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no/such/page", 404),
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/check-status", 405),
        ("POST", "/api/v1/nothing", 404),
        ("GET", "/image/not-an-id", 404),
        ("GET", "/search?cursor=%00", 422),
        ("GET", "/home/user/nobody.of.this.name", 404),
        ("POST", "/login", 400),
    ],
)
def test_errors_tell_nothing_of_the_inside(
    portal: PortalProcess, somebody: Person, method: str, path: str, status: int
) -> None:
    browser = session_of(portal, somebody.username)
    answer = browser.request(method, portal.url + path, timeout=30)
    assert answer.status_code == status
    assert not INTERNALS.search(re.sub(r"<(script|link)[^>]*>", "", answer.text)), answer.text
    assert "Werkzeug" not in answer.headers.get("Server", "")


def test_a_repeated_request_with_the_same_idempotency_key_is_one_upload(somebody: Person) -> None:
    headers, data = somebody.headers | {"Idempotency-Key": unused_name()}, small_photo(8)
    answers = [
        requests.post(
            f"{somebody.portal.url}/api/v1/images",
            headers=headers,
            files={"file": ("twice.jpg", data, "image/jpeg")},
            timeout=30,
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_token_with_a_changed_signature_is_refused(portal: PortalProcess, somebody: Person) -> None:
    signature = somebody.token.rpartition(".")[2]
    forged = somebody.token.removesuffix(signature) + signature[::-1]
    headers = {"Authorization": f"Bearer {forged}"}
    answer = requests.get(f"{portal.url}/api/v1/images", headers=headers, timeout=30)
    problem(answer, 401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
