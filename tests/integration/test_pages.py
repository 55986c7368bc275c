"""Pages without a browser: who may see what, forms, errors, headers."""

import html
import io
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient

from local.drive.waiting import wait_until
from shared.bootstrap import web_parts
from shared.config import WebSettings, load
from shared.parts import WebParts
from tests.integration.conftest import PASSWORD, Person, jpeg, json_of
from tests.integration.support.hand_worker import HandWorker
from tests.support_cloud import free_port
from web.app import create_app
from web.http.sealing import opened

PROTECTED = ["/upload", "/uploads", "/home/user/ann", "/image/x", "/search?q=a", "/ops", "/uploads/rows"]


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has a form token"
    return html.unescape(found.group(1))


class Browser:
    """Cookies, forms and tokens, as a browser without JavaScript does them."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
        return answer.text

    def submit(self, page: str, action: str, **fields: Any) -> Any:
        form = {"csrf_token": token_in(self.get(page))} | fields
        return self.client.post(action, data=form)

    def log_in(self, username: str, password: str = PASSWORD, target: str = "/") -> Any:
        return self.submit("/login", "/login", username=username, password=password, next=target)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def logged_in(browser: Browser, person: Person) -> Browser:
    assert browser.log_in(person.username).status_code == 303
    return browser


def test_no_access_before_verification(browser: Browser, parts: WebParts, photo: bytes) -> None:
    parts.accounts.sign_up("unverified.one", "unverified@example.com", PASSWORD)
    answer = browser.log_in("unverified.one")
    assert (answer.status_code, answer.location) == (303, "/confirm?username=unverified.one")
    for path in PROTECTED:
        assert browser.client.get(path).status_code == 303, path
    api = browser.client.post("/api/v1/session", json={"username": "unverified.one", "password": PASSWORD})
    assert (api.status_code, json_of(api)["code"]) == (403, "not_confirmed")
    upload = browser.client.post("/api/v1/images", data={"file": (io.BytesIO(photo), "x.jpg")})
    assert upload.status_code == 401


@pytest.mark.parametrize("path", PROTECTED)
def test_who_is_not_logged_in_comes_back_after_log_in(browser: Browser, person: Person, path: str) -> None:
    answer = browser.client.get(path)
    assert answer.status_code == 303
    page = browser.get(answer.location)
    target = html.unescape(re.search(r'name="next" value="([^"]*)"', page).group(1))  # type: ignore[union-attr]
    assert target == path
    assert browser.log_in(person.username, target=target).location == path


def test_sign_up_verify_log_in_and_out_by_forms(browser: Browser, parts: WebParts, app: Flask) -> None:
    answer = browser.submit(
        "/signup", "/signup", username="Form.User-1", email="form@example.com", password=PASSWORD
    )
    assert answer.location == "/confirm?username=form.user-1"
    wrong = browser.submit("/confirm", "/confirm", username="form.user-1", code="000000")
    assert wrong.status_code == 400
    assert "This code is wrong, used, or too old." in wrong.text
    assert browser.submit("/confirm", "/confirm/resend", username="form.user-1").status_code == 303
    right = browser.submit("/confirm", "/confirm", username="form.user-1", code=" 123456 ")
    assert right.location == "/login?username=form.user-1"
    assert browser.log_in("form.user-1").location == "/"
    assert "form.user-1" in browser.get("/")
    refresh = browser.client.get_cookie("refresh_token")
    assert refresh is not None
    with app.app_context():
        held = opened("refresh_token", refresh.value)
    assert browser.submit("/", "/logout").status_code == 303
    assert browser.client.get_cookie("access_token") is None
    with pytest.raises(Exception, match="bad_credentials"):
        parts.sessions.refresh(held.token)
    assert parts.session_records.ends(held.owner, held.session).ended


def test_a_forgotten_password_is_replaced_by_forms(browser: Browser, person: Person, app: Flask) -> None:
    elsewhere = Browser(app)
    assert elsewhere.log_in(person.username).status_code == 303
    elsewhere.get("/uploads")
    began = int(time.time())
    assert browser.submit("/forgot", "/forgot", username="nobody-here").status_code == 303
    assert browser.submit("/forgot", "/forgot", username=person.username).status_code == 303
    form = {"username": person.username, "password": "Another-horse-2"}
    assert browser.submit("/reset", "/reset", code="000000", **form).status_code == 400
    wait_until(
        lambda: int(time.time()) > began, 5, "another second"
    )  # tokens know when they began to the second
    assert browser.submit("/reset", "/reset", code="654321", **form).location == "/"
    assert "every other session has ended" in browser.get("/")
    browser.get("/uploads")
    elsewhere.get("/uploads", 303)
    assert elsewhere.log_in(person.username).status_code == 401
    assert elsewhere.log_in(person.username, "Another-horse-2").status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"username": "A b"}, 422, "user name"),
        ({"email": "nowhere"}, 422, "e-mail address"),
        ({"password": "short"}, 422, "10 characters"),
        ({"password": ""}, 422, "Choose a password"),
        ({"username": "operator"}, 422, "the portal&#39;s own"),
        ({"username": "{taken}"}, 409, "taken"),
    ],
)
def test_a_sign_up_that_needs_a_change_keeps_what_was_typed(
    browser: Browser, person: Person, fields: dict[str, str], status: int, sentence: str
) -> None:
    form = {"username": "somebody", "email": "some@example.com", "password": PASSWORD} | fields
    form["username"] = form["username"].format(taken=person.username)
    answer = browser.submit("/signup", "/signup", **form)
    assert answer.status_code == status
    assert sentence in answer.text
    assert html.escape(form["email"]) in answer.text
    assert form["password"] not in answer.text or not form["password"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browser: Browser, person: Person) -> None:
    cookies = browser.log_in(person.username).headers.getlist("Set-Cookie")
    tokens = [c for c in cookies if "_token=" in c]
    assert len(tokens) == 2
    assert all("HttpOnly" in c and "SameSite=Lax" in c and "Path=/" in c for c in tokens)


def test_behind_https_cookies_are_host_bound_and_secure(parts: WebParts, person: Person) -> None:
    secure = replace(parts, settings=parts.settings.model_copy(update={"cookie_secure": True}))
    client = create_app(secure).test_client()
    page = client.get("/login", base_url="https://portal.example")
    form = {"csrf_token": token_in(page.text), "username": person.username, "password": PASSWORD}
    answer = client.post("/login", data=form, base_url="https://portal.example")
    tokens = [c for c in answer.headers.getlist("Set-Cookie") if "_token=" in c]
    assert len(tokens) == 2
    assert all(c.startswith("__Host-") and "Secure" in c for c in tokens)
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_an_ended_access_token_is_renewed_unnoticed(logged_in: Browser) -> None:
    logged_in.client.set_cookie("access_token", "ended")
    answer = logged_in.client.get("/upload")
    assert answer.status_code == 200
    assert any(c.startswith("access_token=s1.") for c in answer.headers.getlist("Set-Cookie"))


def test_an_ended_session_leads_to_log_in_and_forgets_the_cookies(logged_in: Browser) -> None:
    logged_in.client.set_cookie("access_token", "ended")
    logged_in.client.set_cookie("refresh_token", "revoked")
    answer = logged_in.client.get("/search?q=boat")
    assert answer.location == "/login?next=/search%3Fq%3Dboat"
    assert logged_in.client.get_cookie("access_token") is None


FORMS = ["/signup", "/confirm", "/confirm/resend", "/login", "/logout", "/forgot", "/reset"]


@pytest.mark.parametrize("action", FORMS)
@pytest.mark.parametrize("token", [None, "", "guess"])
def test_every_form_needs_its_token(browser: Browser, action: str, token: str | None) -> None:
    browser.get("/login")
    form = {"username": "ann"} | ({} if token is None else {"csrf_token": token})
    answer = browser.client.post(action, data=form)
    assert answer.status_code == 400
    assert "too old to be sent" in answer.text


def test_a_form_from_another_site_is_refused_even_with_a_token(browser: Browser) -> None:
    form = {"csrf_token": token_in(browser.get("/login")), "username": "a", "password": "b"}
    answer = browser.client.post("/login", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


def test_an_upload_form_without_its_token_leaves_nothing(
    logged_in: Browser, parts: WebParts, photo: bytes, hands: HandWorker
) -> None:
    before = [o.key for o in parts.store.list("staging/")]
    form = {"csrf_token": "guess", "file": (io.BytesIO(photo), "x.jpg")}
    assert logged_in.client.post("/upload", data=form).status_code == 400
    api = logged_in.client.post("/api/v1/images", data={"file": (io.BytesIO(photo), "x.jpg")})
    assert (api.status_code, json_of(api)["code"]) == (400, "csrf")
    assert [o.key for o in parts.store.list("staging/")] == before


def test_several_files_by_form_each_stand_for_themselves(logged_in: Browser, hands: HandWorker) -> None:
    files = [
        (io.BytesIO(jpeg(64, 48, 1)), "one.jpg"),
        (io.BytesIO(b"not an image at all"), "two.jpg"),
        (io.BytesIO(jpeg(64, 48, 3)), "three.jpg"),
    ]
    answer = logged_in.submit("/upload", "/upload?key=form-1", file=files, caption="A #boat", licence="cc0")
    assert answer.location == "/uploads"
    page = logged_in.get("/uploads")
    assert "one.jpg" in page
    assert "three.jpg" in page
    assert "two.jpg: This is not a JPEG, PNG, WebP, GIF, AVIF or HEIC image" in page
    assert sorted(hands.work()) == ["published", "published"]
    assert logged_in.get("/uploads?state=published").count("three.jpg") >= 1
    logged_in.submit(
        "/upload", "/upload?key=form-2", file=(io.BytesIO(jpeg(64, 48, 4)), "four.jpg"), licence="cc0"
    )
    tabs = re.findall(r'<a href="/uploads\?state=(\w+)".*?nums">(\d+)<', logged_in.get("/uploads"))
    assert tabs == [("all", "4"), ("progress", "1"), ("problems", "1"), ("published", "2"), ("gone", "0")]


def test_a_form_sent_twice_is_one_upload(logged_in: Browser, hands: HandWorker, person: Person) -> None:
    data = jpeg(64, 48)
    for _ in range(2):
        logged_in.submit("/upload", "/upload?key=twice", file=(io.BytesIO(data), "one.jpg"))
    assert sorted(hands.work()) == ["cleared", "published"]
    assert person.get(f"/users/{person.username}")["images"] == 1


def test_an_upload_form_without_files_or_with_too_long_a_caption_keeps_what_was_typed(
    logged_in: Browser,
) -> None:
    empty = logged_in.submit("/upload", "/upload", file=(io.BytesIO(b""), ""), caption="My words")
    assert empty.status_code == 422
    assert "Choose at least one file" in empty.text
    assert "My words" in empty.text
    caption = "<script>alert(1)</script>" * 200
    long = logged_in.submit("/upload", "/upload", file=(io.BytesIO(jpeg(64, 48)), "x.jpg"), caption=caption)
    assert long.status_code == 422
    assert "5,000 characters" in long.text
    assert html.escape(caption) in long.text.replace("&#39;", "'")
    assert "<script>alert(1)" not in long.text


def test_markup_in_captions_and_names_is_only_text(
    person: Person, logged_in: Browser, hands: HandWorker
) -> None:
    caption = "<img src=x onerror=alert(1)> #tag\"'&"
    image_id = person.post_image(jpeg(64, 48), '"><script>x</script>.jpg', caption=caption).json["id"]
    assert hands.work() == ["published"]
    for path in (f"/image/{image_id}", "/", f"/home/user/{person.username}", "/uploads", "/search?q=%23tag"):
        page = logged_in.get(path)
        assert "<img src=x" not in page
        assert "<script>x" not in page


@pytest.mark.parametrize(
    "path", ["/nowhere", "/image/nonsense", "/home/user/nobody-here", "/uploads?state=x"]
)
def test_what_is_not_there_is_said_on_a_page(logged_in: Browser, path: str) -> None:
    page = logged_in.get(path, 404)
    assert "<h1" in page
    assert "Traceback" not in page


def test_operators_pages_are_for_operators(
    logged_in: Browser, app: Flask, stack: Any, hands: HandWorker
) -> None:
    assert "operators" in logged_in.get("/ops", 403)
    operator = Browser(app)
    operator.log_in(stack.env["OPERATOR_USERNAME"], stack.env["OPERATOR_PASSWORD"])
    page = operator.get("/ops")
    for word in ("Waiting", "In flight", "Oldest", "Published", "Dead letters"):
        assert word in page


def test_without_the_queue_the_operators_page_says_so(
    parts: WebParts, environ: dict[str, str], stack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{free_port()}")
    without = replace(parts, queue=web_parts(load(WebSettings, environ)).queue)
    operator = Browser(create_app(without))
    operator.log_in(stack.env["OPERATOR_USERNAME"], stack.env["OPERATOR_PASSWORD"])
    assert "The queue can&#39;t be reached" in operator.get("/ops")
    ready = operator.client.get("/readyz")
    assert ready.status_code == 503
    assert {k: v["ok"] for k, v in json_of(ready)["checks"].items()} == {
        "s3": True,
        "sqs": False,
        "mysql": True,
        "cognito": True,
    }
    assert operator.client.get("/check-status").status_code == 200


def test_every_page_carries_a_strict_policy(logged_in: Browser) -> None:
    for path in ("/", "/upload", "/nowhere", "/licences", "/api/v1/docs"):
        headers = logged_in.client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_what_pages_load_may_be_kept_for_good(logged_in: Browser) -> None:
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', logged_in.get("/upload")))
    assert {address.rpartition("/")[2] for address in addresses} >= {
        "base.css",
        "upload.css",
        "main.js",
        "theme.js",
    }
    for address in addresses:
        assert caching(logged_in, address) == "public, max-age=31536000, immutable", address


def test_what_a_module_imports_has_the_version_of_the_module(logged_in: Browser) -> None:
    [address] = re.findall(r"/static/upload-[0-9a-f]{12}/main\.js", logged_in.get("/upload"))
    with logged_in.client.get(address) as answer:
        imports = re.findall(r'from "(.+?)"', answer.get_data(as_text=True))
    assert imports
    for module in imports:
        assert module.startswith("./"), "another folder's module would be asked for without a version"
        assert caching(logged_in, urljoin(address, module)).endswith("immutable")


def caching(browser: Browser, path: str) -> str:
    with browser.client.get(path) as answer:
        assert answer.status_code == 200
        return answer.headers["Cache-Control"]


def test_an_unexpected_error_tells_a_reference_and_nothing_else(
    parts: WebParts, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise ZeroDivisionError("secret detail")

    broken = create_app(replace(parts, images=Broken()))
    answer = broken.test_client().get("/api/v1/images", headers=person.headers)
    assert (answer.status_code, json_of(answer)["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert json_of(answer)["reference"] in capsys.readouterr().out


def test_metrics_are_for_this_machine_or_the_token(parts: WebParts, browser: Browser) -> None:
    text = browser.get("/metrics")
    assert "portal_queue_visible" in text
    assert 'portal_requests_total{endpoint="' in text
    assert browser.client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403
    settings = WebSettings.model_validate(vars(parts.settings) | {"metrics_token": "t" * 20})
    guarded = create_app(replace(parts, settings=settings)).test_client()
    assert guarded.get("/metrics").status_code == 403
    assert guarded.get("/metrics", headers={"Authorization": f"Bearer {'t' * 20}"}).status_code == 200


def test_the_profile_of_somebody_without_images_is_a_page(
    logged_in: Browser, sign_in: Callable[[], Person]
) -> None:
    other = sign_in()
    assert "has not shared images yet" in logged_in.get(f"/home/user/{other.username}")
    answer = logged_in.client.get(f"/home/user/{other.username.upper()}")
    assert (answer.status_code, answer.location) == (301, f"/home/user/{other.username}")


def test_a_session_of_the_api_is_renewed_and_ended(app: Flask, person: Person) -> None:
    client = app.test_client()
    tokens = json_of(client.post("/api/v1/session", json={"username": person.username, "password": PASSWORD}))
    renewal = {"refresh_token": tokens["refresh_token"]}
    renewed = json_of(client.post("/api/v1/session", json=renewal))
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    assert client.get("/api/v1/uploads", headers=headers).status_code == 200
    assert client.delete("/api/v1/session", json=renewal).status_code == 204
    assert client.post("/api/v1/session", json=renewal).status_code == 401


def test_addresses_are_right_behind_a_balancer_and_nginx(
    parts: WebParts, person: Person, photo: bytes
) -> None:
    """The balancer sets -Proto; nginx passes it on and adds itself to -For alone."""
    behind = parts.settings.model_copy(update={"trusted_proxies": 2})
    client = create_app(replace(parts, settings=behind)).test_client()
    headers = person.headers | {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9, 10.0.0.7"}
    answer = client.post(
        "/api/v1/images",
        data={"file": (io.BytesIO(photo), "x.jpg")},
        headers=headers,
        base_url="http://portal.example",
    )
    assert json_of(answer)["status_url"].startswith("https://portal.example/")
