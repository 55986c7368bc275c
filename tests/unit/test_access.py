"""Every route, asked for by everybody: what it lets in is what it declares, and what is one person's is theirs alone.

The routes come from the URL map. One that doesn't say who may ask for it stops the start; one that names things of
people, and doesn't stand here as theirs or as everybody's, fails.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shared.domain.ids import new_upload_id
from shared.domain.uploads import State
from shared.ports.identity import IdentityRefused
from tests.contract.uploads import attempt, new_manifest, publish
from tests.support_app import app_on_mocks
from tests.support_memory import PASSWORD, World
from web.http.api import Access
from web.http.guards import check_guarded

pytestmark = pytest.mark.slow

CALLERS = {
    "anonymous": None,
    "unverified": None,
    "person": "",
    "viewer": "viewers",
    "operator": "operators",
    "moderator": "moderators",
}
"""With the group that each is in."""
ASKS_WHO = {"check.check_session"}
"""Open, and 401 is what it says to its caller, the proxy."""
OPERATORS_ADDRESSES = (
    "/ops",
    *(f"/api/v1/{room}" for room in ("audit", "consistency", "dead-letters", "operations", "queue")),
)
LOOKED_AFTER = {
    Access.OPERATOR: OPERATORS_ADDRESSES,
    Access.ACTING: OPERATORS_ADDRESSES,
    Access.SCRAPER: OPERATORS_ADDRESSES,
    Access.MODERATOR: ("/moderation", "/api/v1/moderation", "/api/v1/reports"),
}
# fmt: off
OPEN = {
    "/", "/.well-known/jwks.json", "/about", "/check-session", "/check-status", "/confirm", "/confirm/resend",
    "/forgot", "/licences", "/login", "/login/code", "/login/passkey", "/login/passkey/answer", "/logout", "/metrics",
    "/oembed", "/original/<token>", "/readyz", "/reset", "/s/<token>", "/s/<token>/embed", "/s/<token>/feed.atom",
    "/s/<token>/i/<image_id>", "/s/<token>/i/<image_id>/image.jpg", "/s/<token>/image.jpg", "/signup",
    "/static/<path:filename>", "/api/v1/confirm", "/api/v1/docs", "/api/v1/openapi.json", "/api/v1/session",
    "/api/v1/signup",
}
# fmt: on
LOOKS, ACTS = frozenset({"viewer", "operator"}), frozenset({"operator"})


@cache
def routes() -> list[tuple[str, str, str, Access]]:
    """Of the whole application: method, address, endpoint and who may ask."""
    app = app_on_mocks()
    return [
        (method, rule.rule, rule.endpoint, access_of(app, rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def access_of(app: Flask, rule: Rule) -> Access:
    access = getattr(app.view_functions[rule.endpoint], "access", None)
    assert isinstance(access, Access)
    return access


def admitted(access: Access, method: str) -> frozenset[str]:
    """Who may, of CALLERS."""
    match access:
        case Access.OPEN:
            return frozenset(CALLERS)
        case Access.PERSON:
            return frozenset(CALLERS) - {"anonymous", "unverified"}
        case Access.OPERATOR | Access.SCRAPER:
            return LOOKS if method == "GET" else ACTS
        case Access.ACTING:
            return ACTS
        case Access.MODERATOR:
            return frozenset({"moderator"})


class Town:
    """One account of each kind."""

    def __init__(self, **settings: str) -> None:
        self.world = World(PASSKEYS="true", **settings)
        self.world.identity.sign_up("unverified", "unverified@example.com", PASSWORD)
        for name, group in CALLERS.items():
            if group is not None:
                self.moves_in(name)
                if group:
                    self.world.identity.add_to_group(name, group)

    def moves_in(self, name: str) -> None:
        identity = self.world.identity
        identity.sign_up(name, f"{name}@example.com", PASSWORD)
        identity.confirm(name, identity.outbox[-1].code)

    def ask(self, who: str, method: str, path: str, **sent: Any) -> TestResponse:
        """As somebody, with a token of this moment."""
        headers = sent.pop("headers", {})
        if CALLERS.get(who, "") is None:
            with pytest.raises(IdentityRefused):
                self.world.token(who)
        else:
            headers |= self.world.token(who)
        answer = self.world.app.test_client().open(path, method=method, headers=headers, **sent)
        answer.get_data()
        answer.close()
        return answer


def verdict(answer: TestResponse) -> str:
    """What a route says to who asks."""
    if answer.status_code == 401 or answer.headers.get("Location", "").startswith("/login?next="):
        return "log in"
    if answer.status_code == 403 and re.search(
        r"This is for the portal\S+ (operators|moderators)", answer.text
    ):
        return "not for you"
    return "come in"


@pytest.mark.parametrize("who", CALLERS)
def test_every_route_lets_in_whom_it_says(who: str) -> None:
    town, wrong = Town(), []
    for method, rule, endpoint, access in routes():
        if endpoint in ASKS_WHO:
            continue
        path = re.sub(r"<[^>]+>", str(uuid4()), rule)
        town.world.clock.advance(timedelta(seconds=2))  # the answer before may have ended all sessions
        answer = town.ask(who, method, path)
        may = who in admitted(access, method)
        known = CALLERS[who] is not None
        # A form without its token says so before anything else, to browsers; what is open has nobody to guard.
        expected = "come in" if may else "not for you" if known else "log in"
        found = verdict(answer) if access is not Access.OPEN else "come in"
        without_token = not known and b"too old to be sent" in answer.data
        too_late = (
            may and endpoint == "passkeys.confirm"
        )  # 401 is the answer to what no browser was asked for
        if found != expected and not without_token and not too_late:
            wrong.append(f"{method} {rule} ({access.name}): {found}, {answer.status_code}")
    assert len(routes()) > 190
    assert wrong == []


def test_what_is_open_asks_nobody_to_log_in() -> None:
    town = Town()
    of_a_log_in = {"code.ask", "code.enter", "passkey_login.answer"}  # without one that has begun, back to it
    asked = [
        rule
        for method, rule, endpoint, access in routes()
        if access is Access.OPEN and method == "GET" and endpoint not in ASKS_WHO | of_a_log_in
        if verdict(town.ask("anonymous", method, re.sub(r"<[^>]+>", "x", rule))) != "come in"
    ]
    assert asked == []


def test_what_is_open_and_what_is_for_some_alone_is_no_accident() -> None:
    found: dict[Access, set[str]] = {access: set() for access in Access}
    for _, rule, _, access in routes():
        found[access].add(rule)
    assert found[Access.OPEN] == OPEN
    of_moderators = {rule for rule in found[Access.MODERATOR] if rule.startswith("/api/v1/images/")}
    assert {rule.rpartition("/")[2] for rule in of_moderators} == {
        "dismiss",
        "hide",
        "remove",
        "unhide",
        "warn",
    }
    found[Access.MODERATOR] -= of_moderators
    for access, begins in LOOKED_AFTER.items():
        assert all(rule.startswith(begins) for rule in found[access]), access
    assert not any(rule.startswith(sum(LOOKED_AFTER.values(), ())) for rule in found[Access.PERSON])


def test_a_route_that_does_not_say_who_may_ask_stops_the_start() -> None:
    rogue = Flask("rogue", static_folder=None)
    rogue.add_url_rule("/rogue", "rogue", lambda: "")
    with pytest.raises(RuntimeError, match="/rogue doesn't say who may see it"):
        check_guarded(rogue)


class Street(Town):
    """The town's person has things: an image in an album, links, a download, a question, a notice, and uploads that
    went wrong. Another person is there too."""

    def __init__(self) -> None:
        super().__init__()
        self.moves_in("other")
        account = self.world.identity.find("person")
        assert account is not None
        self.account = account
        self.image, self.gone = self.published("Boats #sea"), self.published("Nets")
        self.album = self.made("POST", "/albums", title="Harbour")["id"]
        self.made("POST", f"/albums/{self.album}/images", ids=[self.image])
        self.share = self.made("POST", f"/images/{self.image}/shares")["id"]
        self.made("POST", f"/images/{self.image}/downloads")
        self.download = self.made("GET", "/downloads")["items"][0]["id"]
        self.failed, self.rejected = self.ended(State.FAILED), self.ended(State.REJECTED)
        answer = self.ask("other", "POST", f"/api/v1/images/{self.image}/asks", json={"text": "A poster?"})
        self.question = (answer.json or {})["id"]
        self.ask("moderator", "POST", f"/api/v1/images/{self.image}/warn", json={"reason": "spam"})
        self.notice = self.made("GET", "/notices")["items"][0]["id"]
        browser = self.world.log_in("person")
        assert browser.get("/account")
        self.session = self.made("GET", "/sessions")["items"][0]["id"]
        assert self.ask("person", "DELETE", f"/api/v1/images/{self.gone}").status_code == 204
        self.new_id = str(new_upload_id())

    def published(self, caption: str) -> str:
        manifest = new_manifest(
            caption, owner=self.account.owner, username="person", licence="all-rights-reserved"
        )
        publish(self.world.worker.attempts, manifest)
        return str(manifest.upload_id)

    def ended(self, state: State) -> str:
        manifest = new_manifest(owner=self.account.owner, username="person")
        self.world.worker.attempts.begin(manifest, attempt())
        if state is State.FAILED:
            self.world.worker.attempts.fail(manifest.upload_id, attempt(), "given up")
        else:
            self.world.worker.attempts.reject(manifest.upload_id, attempt(), "corrupt", "It is cut off.", [])
        return str(manifest.upload_id)

    def made(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        sent = {"json": body} if method != "GET" else {}
        answer = self.ask("person", method, f"/api/v1{path}", **sent)
        assert answer.status_code < 300, (path, answer.text)
        return dict(answer.json or {})

    def state(self) -> list[Any]:
        """All that its owner can see of it."""
        paths = (
            f"/images/{self.image}",
            f"/albums/{self.album}",
            f"/albums/{self.album}/images",
            f"/shares/{self.share}",
            f"/uploads/{self.gone}",
            f"/uploads/{self.failed}",
            f"/uploads/{self.rejected}",
            "/uploads",
            "/asks",
            "/notices",
            "/downloads",
        )
        return [without_signatures(self.ask("person", "GET", f"/api/v1{path}").json) for path in paths]


def without_signatures(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: without_signatures(value) for key, value in told.items() if not key.endswith("_url")}
    return [without_signatures(item) for item in told] if isinstance(told, list) else told


@dataclass(frozen=True)
class Owned:
    """A request about something of the person's: names of the Street's things for the address, and what is sent."""

    address: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    form: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


IMAGE, ALBUM, SHARE = {"image_id": "image"}, {"album_id": "album"}, {"share_id": "share"}
IDS, AS_SEEN = {"ids": ["{image}"]}, {"If-Match": '"1"'}
EDIT = {"caption": "Mine now", "alt": "", "licence": "cc0", "version": "1"}
WORDS = {"title": "Mine now", "description": "", "version": "1"}
THEIRS = {
    "album_arrange.form": Owned(ALBUM),
    "album_arrange.act": Owned(ALBUM, form={"do": "end:{image}"}),
    "albums.ask": Owned(ALBUM),
    "albums.delete": Owned(ALBUM, form={"confirmed": "yes"}),
    "album_words.form": Owned(ALBUM),
    "album_words.save": Owned(ALBUM, form=WORDS),
    "receipts.download_receipt": Owned({"download_id": "download"}),
    "select.form": Owned({"username": "person"}),
    "select.save": Owned({"username": "person"}, form={"id": "{image}", "licence": "cc0"}),
    "edit.form": Owned(IMAGE),
    "edit.save": Owned(IMAGE, form=EDIT),
    "taking_back.ask": Owned(IMAGE),
    "notices.answer": Owned({"act_id": "notice"}, form={"text": "It is mine."}),
    "asking.answer": Owned({"ask_id": "question"}, form={"granted": "yes"}),
    "sharing.form": Owned({"kind": "=image", "target": "image"}),
    "sharing.create": Owned({"kind": "=image", "target": "image"}, form={"id": "{new_id}", "hours": "24"}),
    "sharing.change": Owned(SHARE, form={"hours": "24"}),
    "sharing.end": Owned(SHARE, form={}),
    "receipts.upload_receipt": Owned({"upload_id": "image"}),
    "mending.retry": Owned({"upload_id": "failed"}, form={}),
    "mending.show_again": Owned({"upload_id": "rejected"}, form={}),
    "api.edit_album": Owned(ALBUM, json={"title": "Mine now"}, headers=AS_SEEN),
    "api.delete_album": Owned(ALBUM),
    "api.add_to_album": Owned(ALBUM, json=IDS),
    "api.set_album_images": Owned(ALBUM, json=IDS),
    "api.remove_from_album": Owned(ALBUM, json=IDS),
    "api.move_in_album": Owned(ALBUM, json=IDS | {"to": "end"}),
    "api.share_album": Owned(ALBUM, json={}),
    "api.answer_ask": Owned({"ask_id": "question"}, json={"granted": True}),
    "api.get_download_receipt": Owned({"download_id": "download"}),
    "api.edit_image": Owned(IMAGE, json={"caption": "Mine now"}, headers=AS_SEEN),
    "api.take_back_image": Owned(IMAGE),
    "api.restore_image": Owned({"image_id": "gone"}, json={}),
    "api.share_image": Owned(IMAGE, json={}),
    "api.answer_notice": Owned({"act_id": "notice"}, json={"text": "It is mine."}),
    "api.end_session": Owned({"session_id": "session"}),
    "api.get_share": Owned(SHARE),
    "api.change_share": Owned(SHARE, json={"expires_at": None}),
    "api.revoke_share": Owned(SHARE),
    "api.get_upload": Owned({"upload_id": "failed"}),
    "api.dismiss_upload": Owned({"upload_id": "rejected"}, json={}),
    "api.show_upload_again": Owned({"upload_id": "rejected"}),
    "api.get_upload_receipt": Owned({"upload_id": "image"}),
    "api.retry_upload": Owned({"upload_id": "failed"}, json={}),
    # With ids in what is sent: nothing of it is done.
    "api.edit_images": Owned(json=IDS | {"licence": "cc0"}),
    "api.take_back_images": Owned(json=IDS),
    "taking_back.take_back": Owned(form={"id": "{image}", "confirmed": "yes"}),
    "taking_back.restore": Owned(form={"id": "{gone}"}),
    "mending.dismiss": Owned(form={"id": "{rejected}"}),
    "own_account.end_one": Owned(form={"id": "{session}"}),
}
EVERYBODYS = {
    "albums.of_person",
    "albums.page",
    "api.ask_owner",
    "api.download_image",
    "api.get_album",
    "api.get_image",
    "api.get_user",
    "api.list_album_images",
    "api.report_image",
    "asking.ask",
    "asking.form",
    "gallery.image",
    "gallery.profile",
    "notices.report",
    "notices.report_form",
    "receipts.download",
}
"""What is published is for whoever is logged in."""


def test_every_route_about_something_of_a_persons_says_whose_it_is() -> None:
    about = {endpoint for _, rule, endpoint, access in routes() if "<" in rule and access is Access.PERSON}
    assert about - set(THEIRS) == EVERYBODYS
    assert set(THEIRS) <= {endpoint for _, _, endpoint, access in routes() if access is Access.PERSON}


def request_of(street: Street, endpoint: str) -> tuple[str, str, dict[str, Any]]:
    owned = THEIRS[endpoint]
    [(method, rule)] = [(m, rule) for m, rule, e, _ in routes() if e == endpoint]

    def thing(name: str) -> str:
        return name[1:] if name[0] == "=" else str(getattr(street, name, name))

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return value.format_map(vars(street)) if isinstance(value, str) else value

    path = re.sub(r"<(\w+)>", lambda found: thing(owned.address[found[1]]), rule)
    sent: dict[str, Any] = {} if owned.json is None else {"json": filled(owned.json)}
    sent |= {} if owned.form is None else {"data": filled(owned.form)}
    sent |= {"headers": dict(owned.headers)}
    return method, path, sent


@pytest.mark.parametrize("endpoint", THEIRS)
def test_what_is_one_persons_is_nobody_elses(endpoint: str) -> None:
    street = Street()
    method, path, sent = request_of(street, endpoint)
    before = street.state()
    for who in ("anonymous", "other", "moderator", "viewer", "operator"):
        answer = street.ask(who, method, path, **sent)
        for_operators = endpoint == "api.get_upload" and who == "operator"  # they look after what failed
        if THEIRS[endpoint].address and not for_operators:
            refused = verdict(answer) == "log in" or answer.status_code == 404
            without_token = who == "anonymous" and b"too old to be sent" in answer.data
            assert refused or without_token, (who, answer.status_code)
    assert street.state() == before
    answer = street.ask("person", method, path, **sent)
    cleared = "retry" in endpoint and "not there any more" in answer.text  # no bytes are kept here
    assert answer.status_code < 400 or cleared, ("its owner may", answer.status_code, answer.text[-600:])


def test_looking_changes_nothing() -> None:
    street = Street()
    before = street.state()[:-1]  # a download is noted, which is what it is for
    things = {"upload_id": "failed", "token": "x", "filename": "x", "session_id": "session", "run_id": "x"}
    for method, rule, _, _ in routes():
        if method == "GET":
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: thing_in(street, things, found[1]), rule)
            street.ask("person", method, path)
    assert street.state()[:-1] == before


def thing_in(street: Street, things: dict[str, str], name: str) -> str:
    name = things.get(name, name.removesuffix("_id"))
    return str(getattr(street, name, "person" if name == "username" else name))


def test_every_page_for_who_is_logged_in_has_the_log_out() -> None:
    street, seen = Street(), 0
    for method, rule, _, access in routes():
        if method == "GET" and access is Access.PERSON and not rule.startswith("/api/") and "<" not in rule:
            answer = street.ask("person", method, rule)
            if answer.status_code == 200 and b"<html" in answer.data:
                assert 'id="log-out"' in answer.text, rule
                seen += 1
    assert seen > 10
