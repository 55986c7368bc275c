"""Reports, moderators' acts and owners' answers through the site's pages and API, in memory."""

import csv
import html
import io
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.domain.moderation import REPORTS_A_DAY, Reason, Standing, Verb, standing
from shared.domain.uploads import State
from shared.ports.moderation import Wanted
from tests.contract.uploads import new_manifest, publish
from tests.support_memory import PASSWORD, Browser, World
from tests.support_tripwire import SIDES, Cut, Fuse

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


class Scene:
    """Ann has shared an image; Bob looks at it, Moe and Mia moderate."""

    def __init__(self) -> None:
        self.world = World()
        self.ann, self.bob = self.world.sign_up("ann"), self.world.sign_up("bob")
        self.moe, self.mia = self.moderator("moe"), self.moderator("mia")
        self.image = self.share()

    def moderator(self, name: str) -> Browser:
        self.world.sign_up(name)
        self.world.identity.add_to_group(name, "moderators")
        browser = Browser(self.world)
        browser.submit("/login", "/login", username=name, password=PASSWORD)
        return browser

    def share(self, caption: str = "A red boat") -> str:
        account = self.world.identity.find("ann")
        assert account
        manifest = new_manifest(caption, owner=account.owner)
        publish(self.world.worker.attempts, manifest)
        return str(manifest.upload_id)

    def call(self, who: str, method: str, path: str, json: object = None) -> tuple[int, dict[str, Any]]:
        client, headers = self.world.app.test_client(), self.world.token(who)
        answer = client.open(f"/api/v1{path}", method=method, headers=headers, json=json)
        return answer.status_code, answer.json or {} if answer.data else {}

    def report(self, who: str = "bob", reason: str = "spam", text: str = "") -> tuple[int, dict[str, Any]]:
        return self.call(who, "POST", f"/images/{self.image}/reports", {"reason": reason, "text": text})

    def state(self) -> str:
        page = self.moe.get(f"/moderation/images/{self.image}")
        return html.unescape(re.findall(r'name="state" value="([^"]+)"', page)[0])

    def act(self, verb: str, who: Browser | None = None, **fields: Any) -> Any:
        given = {"id": self.image, "verb": verb, "state": self.state(), "reason": "spam"} | fields
        if verb == "remove":
            given["confirmed"] = "yes"
        return (who or self.moe).submit("/moderation", "/moderation/acts", **given)

    def done(self, verb: str) -> None:
        answer = self.act(verb, note="Please look.")
        assert answer.status_code == 303, answer.text

    def seen_by_bob(self) -> set[str]:
        """The roads on which Bob meets the image."""
        roads = {
            road
            for road in ("/", "/search?q=boat", "/home/user/ann", "/api/v1/images", f"/image/{self.image}")
            if self.image in self.bob.client.get(road).text
        }
        for road, method in ((f"/images/{self.image}", "GET"), (f"/images/{self.image}/downloads", "POST")):
            status, told = self.call("bob", method, road)
            assert status < 300 or told["code"] in ("not_found", "taken_back")
            roads |= {road} if status < 300 else set()
        if (
            self.bob.client.get(f"/image/{self.image}/download")
            .headers.get("Location", "")
            .startswith("http")
        ):
            roads.add("download")
        return roads

    def lines(self) -> list[Verb]:
        return [a.verb for a in reversed(self.world.web.moderation.acts(Wanted(), None, 99))]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_reader_reports_a_moderator_hides_the_owner_answers_and_it_is_restored(scene: Scene) -> None:
    page = f"/image/{scene.image}/report"
    assert page in scene.bob.get(f"/image/{scene.image}")
    assert page not in scene.ann.get(f"/image/{scene.image}"), "one does not report oneself"
    everywhere = scene.seen_by_bob()
    assert len(everywhere) >= 7

    answer = scene.bob.submit(page, page, reason="copyright", text="I took this.")

    assert answer.headers["Location"] == f"/image/{scene.image}"
    assert "Thank you" in scene.bob.get(f"/image/{scene.image}")
    seen = scene.moe.get("/moderation")
    for told in ("I took this.", "Copyright, or a wrong licence", "bob", "A red boat", "by ann"):
        assert told in seen
    hidden = scene.act("hide", reason="copyright", note="Is it yours?\nSay so.")
    assert (hidden.status_code, hidden.headers["Location"]) == (303, "/moderation")
    seen = scene.moe.get("/moderation")
    assert "You hid the image by ann." in html.unescape(seen)
    assert "Nothing waits" in seen
    assert scene.seen_by_bob() == set()
    assert scene.bob.client.get(f"/image/{scene.image}").status_code == 404
    own = scene.ann.get(f"/image/{scene.image}")
    for told in ("A moderator hid this image", "Copyright", "Is it yours?\nSay so.", "/notices#n-"):
        assert told in own
    assert "moe" not in own, "moderators have no names for owners"
    assert "Download original" not in own
    assert "Hidden by a moderator" in scene.ann.get("/uploads")
    assert "Moderate this image" in scene.moe.get(f"/image/{scene.image}")

    notices = scene.ann.get("/notices")
    notice = re.findall(r'action="(/notices/[^"]+/answer)"', notices)[0]
    assert scene.ann.submit("/notices", notice, text="It is mine.").status_code == 303
    assert "It is mine." in scene.ann.get("/notices")
    assert "It is mine." in scene.moe.get("/moderation")
    assert "It is mine." in scene.moe.get(f"/moderation/images/{scene.image}")

    scene.done("restore")
    assert scene.seen_by_bob() == everywhere
    assert "A moderator hid" not in scene.ann.get(f"/image/{scene.image}")
    assert "A moderator restored this image" in scene.ann.get("/notices")


def test_a_second_report_says_so_and_changes_nothing(scene: Scene) -> None:
    page = f"/image/{scene.image}/report"
    for _ in range(2):
        assert scene.bob.submit(page, page, reason="spam").status_code == 303
    assert "You have reported this image already" in scene.bob.get(f"/image/{scene.image}")
    status, told = scene.report(reason="illegal")
    assert (status, told["code"]) == (409, "already_reported")
    assert scene.report("ann")[0] == 201, "by any registered person"
    assert len(scene.world.database.read().reports) == 2


def test_what_is_missing_or_too_long_in_a_report_is_said_and_what_was_typed_stays(scene: Scene) -> None:
    page = f"/image/{scene.image}/report"
    for fields, said in (
        ({"text": "kept words"}, "Choose what is wrong"),
        ({"reason": "nonsense", "text": "kept words"}, "Choose what is wrong"),
        ({"reason": "other", "text": " \n "}, "Say in a few words"),
        ({"reason": "spam", "text": "kept words" * 101}, "At most 1,000 characters; these are 1,010."),
    ):
        answer = scene.bob.submit(page, page, **fields)
        assert (answer.status_code, said in answer.text) == (422, True), said
        assert fields["text"].strip() in answer.text
    assert scene.report(text="x" * 1001)[1]["code"] == "invalid_field"
    assert scene.report(reason="nonsense")[1]["code"] == "invalid_field"
    assert scene.report(reason="other")[1]["code"] == "missing_field"
    assert scene.world.database.read().reports == {}
    assert scene.report(text="x" * 1000)[0] == 201


def test_a_flood_of_reports_is_told_to_wait(scene: Scene) -> None:
    for _ in range(REPORTS_A_DAY):
        assert scene.report()[0] == 201
        scene.image = scene.share()
    status, told = scene.report()
    assert (status, told["code"]) == (429, "too_many_reports")
    page = f"/image/{scene.image}/report"
    answer = scene.bob.submit(page, page, reason="spam")
    assert (answer.status_code, "very many images today" in answer.text) == (429, True)
    assert answer.headers["Retry-After"]


def test_what_nobody_sees_is_not_reported(scene: Scene) -> None:
    scene.done("hide")
    page = f"/image/{scene.image}/report"
    assert scene.bob.client.get(page).status_code == 404
    assert scene.report()[0] == 404
    assert scene.bob.client.get("/image/nonsense/report").status_code == 404
    scene.call("ann", "DELETE", f"/images/{scene.image}")
    assert scene.report()[0] == 410


def test_only_moderators_moderate(scene: Scene) -> None:
    pages = [
        f"/moderation{end}" for end in ("", "/audit", f"/images/{scene.image}", "/audit.csv", "/audit.jsonl")
    ]
    scene.world.identity.add_to_group("bob", "operators")
    bob = Browser(scene.world)
    assert bob.client.get("/moderation").status_code == 303
    bob.submit("/login", "/login", username="bob", password=PASSWORD)
    for page in pages:
        assert bob.client.get(page).status_code == 403, page
        assert scene.moe.client.get(page).status_code == 200, page
    decision = {"state": "0-0", "reason": "spam"}
    for method, path, body in (
        ("GET", "/reports", None),
        ("GET", "/moderation/acts", None),
        ("GET", "/moderation/held", None),
        ("POST", f"/moderation/held/{scene.image}/release", None),
        ("POST", f"/moderation/held/{scene.image}/refuse", {}),
        *(
            ("POST", f"/images/{scene.image}/{verb}", decision)
            for verb in ("hide", "unhide", "remove", "warn", "dismiss")
        ),
    ):
        assert scene.call("bob", method, path, body)[1]["code"] == "not_moderator"
    refused = bob.submit("/", "/moderation/acts", id=scene.image, verb="hide", state="0-0", reason="spam")
    assert refused.status_code == 403
    assert "Moderation" not in bob.get("/")
    assert "/moderation" in scene.moe.get("/")
    assert scene.lines() == []


def test_the_api_reports_and_moderates(scene: Scene) -> None:
    scene.report(text="Look")
    [case] = scene.call("moe", "GET", "/reports")[1]["items"]
    assert (case["image_id"], case["owner"], case["standing"]) == (scene.image, "ann", "shown")
    assert (case["counts"], case["state"], case["caption"]) == ({"spam": 1}, "0-1", "A red boat")
    decision, hide = {"state": case["state"], "reason": "spam"}, f"/images/{scene.image}/hide"
    status, act = scene.call("moe", "POST", hide, decision)
    assert (status, act["moderator"], act["was"], act["closed"]) == (201, "moe", "shown", {"spam": 1})
    assert scene.call("moe", "POST", hide, decision) == (201, act), "a second click"
    status, told = scene.call("mia", "POST", hide, decision)
    assert (status, told["code"]) == (409, "acted_meanwhile")
    assert "moe hid this image on" in told["detail"]
    assert scene.call("moe", "GET", "/moderation/acts")[1]["items"] == [act]
    assert scene.call("moe", "GET", "/moderation/acts?verb=warn")[1]["items"] == []
    assert scene.call("moe", "GET", "/moderation/acts?image_id=x")[1]["code"] == "invalid_parameter"
    for change, code in (
        ({"reason": None}, "missing_field"),
        ({"reason": "other"}, "missing_field"),
        ({"state": "x"}, "invalid_field"),
        ({"state": "1-0"}, "not_possible"),
    ):
        assert scene.call("moe", "POST", hide, decision | change)[1]["code"] == code, change
    for image in ("x", "0195b2a4-0000-7000-8000-000000000000"):
        assert scene.call("moe", "POST", f"/images/{image}/hide", decision)[1]["code"] == "not_found"
    [notice] = scene.call("ann", "GET", "/notices")[1]["items"]
    assert (notice["id"], notice["verb"], "moderator" in notice) == (act["id"], "hide", False)
    path = f"/notices/{act['id']}/answer"
    assert scene.call("bob", "POST", path, {"text": "x"})[0] == 404
    assert [scene.call("ann", "POST", path, {"text": t})[0] for t in ("Mine", "Mine", "Other")] == [
        204,
        204,
        409,
    ]
    assert scene.call("ann", "GET", "/notices")[1]["items"][0]["answer"]["text"] == "Mine"


def hide(scene: Scene) -> None:
    scene.done("hide")


def take_back(scene: Scene) -> None:
    assert scene.call("ann", "DELETE", f"/images/{scene.image}")[0] == 204


def undo(scene: Scene) -> None:
    assert scene.call("ann", "POST", f"/images/{scene.image}/restore")[0] == 200


def edit(scene: Scene) -> None:
    body = {"caption": "A boat again"}
    client, headers = scene.world.app.test_client(), scene.world.token("ann") | {"If-Match": "*"}
    path = f"/api/v1/images/{scene.image}"
    assert client.patch(path, json=body, headers=headers).status_code == 200


def restore(scene: Scene) -> None:
    scene.done("restore")


@pytest.mark.parametrize(
    ("steps", "seen"),
    [
        ([hide], False),
        ([hide, restore], True),
        ([hide, edit], False),
        ([hide, edit, restore], True),
        ([hide, take_back], False),
        ([hide, take_back, undo], False),
        ([hide, take_back, undo, restore], True),
        ([hide, take_back, restore], False),
        ([hide, take_back, restore, undo], True),
        ([take_back, hide], False),
        ([take_back, hide, undo], False),
        ([take_back, undo], True),
    ],
    ids=lambda value: "-".join(step.__name__ for step in value) if isinstance(value, list) else "",
)
def test_moderators_and_owner_do_not_undo_each_others_word(
    scene: Scene, steps: list[Callable[[Scene], None]], seen: bool
) -> None:
    for step in steps:
        step(scene)
    assert (len(scene.seen_by_bob()) >= 7) is seen
    assert bool(scene.seen_by_bob()) is seen


def test_removed_it_is_erased_and_its_owner_learns_why(scene: Scene) -> None:
    asked = scene.moe.submit(
        "/moderation",
        "/moderation/acts",
        id=scene.image,
        verb="remove",
        state="0-0",
        reason="illegal",
        note="By law.",
    )
    assert (asked.status_code, "Remove it for good" in asked.text, "By law." in asked.text) == (
        200,
        True,
        True,
    )
    assert scene.seen_by_bob(), "a question changes nothing"
    scene.act("remove", reason="illegal", note="By law.")

    assert scene.seen_by_bob() == set()
    gone = scene.bob.client.get(f"/image/{scene.image}")
    assert (gone.status_code, "A moderator has removed this image." in gone.text) == (410, True)
    own = scene.ann.client.get(f"/image/{scene.image}")
    assert own.status_code == 410
    for told in ("A moderator removed this image", "By law.", "Illegal"):
        assert told in own.text
    assert "Undo" not in own.text
    assert scene.call("ann", "POST", f"/images/{scene.image}/restore")[1]["code"] == "too_late"
    assert "Removed by a moderator" in scene.ann.get("/uploads?state=gone")
    assert scene.call("ann", "GET", f"/uploads/{scene.image}")[1]["reason"]["code"] == "removed"
    scene.world.sweep()
    assert_erased(scene)
    assert "Removed by a moderator, and erased" in scene.ann.get("/uploads?state=gone")
    assert "By law." in scene.moe.get("/moderation/audit"), "the audit outlives it"
    assert "By law." in scene.ann.get("/notices")


def assert_erased(scene: Scene) -> None:
    scene.world.clock.advance(timedelta(minutes=3))
    scene.world.work()
    scene.world.sweep(after=timedelta(minutes=1))
    scene.world.work()
    upload = scene.world.web.uploads.find(UUID(scene.image))
    assert upload is not None
    assert upload.status is State.ERASED
    assert scene.world.database.read().images == {}


def test_without_the_queue_what_is_removed_is_erased_by_the_sweep(scene: Scene) -> None:
    scene.world.queue.away = True
    scene.done("remove")
    scene.world.queue.away = False
    assert_erased(scene)


def test_a_stale_decision_shows_what_happened_and_keeps_what_was_typed(scene: Scene) -> None:
    scene.report()
    stale = scene.state()
    scene.done("hide")
    answer = scene.act("warn", scene.mia, state=stale, note="My words")
    assert answer.status_code == 409
    assert "moe hid this image on" in answer.text
    assert "My words" in answer.text
    assert 'value="1-0"' in answer.text, "a second try is made on what stands now"
    assert scene.lines() == [Verb.HIDE]


def test_reports_are_dismissed_with_what_was_seen(scene: Scene) -> None:
    scene.report()
    stale = scene.state()
    scene.report("mia")
    answer = scene.act("dismiss", state=stale)
    assert (answer.status_code, "1 more report has come" in answer.text) == (409, True)
    scene.done("dismiss")
    assert "Nothing waits" in scene.moe.get("/moderation")
    assert len(scene.seen_by_bob()) >= 7
    assert "No notices" in scene.ann.get("/notices")
    assert scene.report()[1]["code"] == "already_reported", "also after its dismissal"


def test_a_warning_is_told_and_changes_nothing_else(scene: Scene) -> None:
    answer = scene.act("warn", reason="other", note="")
    assert (answer.status_code, "Say in a few words" in answer.text) == (422, True)
    assert scene.act("warn", reason="").status_code == 422
    scene.act("warn", reason="privacy", note="<b>Faces</b>")
    assert "&lt;b&gt;Faces&lt;/b&gt;" in scene.ann.get(f"/image/{scene.image}")
    assert "A moderator warns you" not in scene.bob.get(f"/image/{scene.image}")
    assert len(scene.seen_by_bob()) >= 7


def test_an_owner_answers_once_and_too_much_is_said(scene: Scene) -> None:
    scene.done("warn")
    path = re.findall(r'action="(/notices/[^"]+/answer)"', scene.ann.get("/notices"))[0]
    long = scene.ann.submit("/notices", path, text="long" * 501)
    assert (long.status_code, "At most 2,000 characters; these are 2,004." in long.text) == (422, True)
    assert "longlong" in long.text
    assert scene.ann.submit("/notices", path, text=" ").status_code == 422
    assert scene.bob.submit("/notices", path, text="Not mine").status_code == 404
    assert [scene.ann.submit("/", path, text="Mine").status_code for _ in range(2)] == [303, 303]
    assert scene.ann.submit("/", path, text="Another").status_code == 409
    assert scene.ann.submit("/", "/notices/nonsense/answer", text="Mine").status_code == 404


def test_the_audit_is_filtered_and_exported(scene: Scene) -> None:
    scene.report()
    scene.act("hide", reason="other", note='=cmd|" /C calc"!A0')
    scene.act("restore", scene.mia)
    audit = scene.moe.get("/moderation/audit?moderator=mia")
    assert "restored" in audit
    assert "calc" not in audit
    assert "No act fits" in scene.moe.get("/moderation/audit?verb=remove")
    assert scene.moe.client.get("/moderation/audit?verb=nonsense").status_code == 422
    assert scene.moe.client.get("/moderation/audit?image_id=nonsense").status_code == 422

    lines = [json.loads(line) for line in scene.moe.get("/moderation/audit.jsonl").splitlines()]
    assert lines == scene.call("moe", "GET", "/moderation/acts")[1]["items"]
    assert [line["verb"] for line in lines] == ["restore", "hide"]
    table = list(csv.DictReader(io.StringIO(scene.moe.get("/moderation/audit.csv?verb=hide"))))
    assert [(row["verb"], row["moderator"], row["closed"]) for row in table] == [("hide", "moe", "spam:1")]
    assert table[0]["note"].startswith("'="), "no spreadsheet runs it"


@pytest.mark.slow  # a world for each call
@SIDES
@pytest.mark.parametrize("verb", ["hide", "restore", "remove"])
def test_cut_off_at_any_call_it_is_done_with_its_line_or_not_at_all(
    verb: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in count(1):
        scene = Scene()
        scene.report()
        if verb == "restore":
            scene.done("hide")
        given = {
            "id": scene.image,
            "verb": verb,
            "state": scene.state(),
            "reason": "spam",
            "confirmed": "yes",
        }
        seen, lines = bool(scene.seen_by_bob()), scene.lines()
        fuse = Fuse(at, after=after)
        with monkeypatch.context() as patch:
            for name in ("moderation", "queue"):
                wired = scene.world.app.extensions["image-portal"]
                patch.setitem(
                    scene.world.app.extensions,
                    "image-portal",
                    replace(wired, **{name: fuse.wire(getattr(scene.world.web, name))}),
                )
            with suppress(Cut):
                scene.moe.submit("/notices", "/moderation/acts", **given)
        done = scene.lines() != lines
        assert (bool(scene.seen_by_bob()) is not seen) is done, "the act and its line are one"
        answer = scene.moe.submit("/moderation", "/moderation/acts", **given)
        assert answer.status_code == 303, "the second click"
        assert scene.lines() == [*lines, Verb(verb)]
        if verb == "remove":
            assert_erased(scene)
        if fuse.calls < at:
            break
    assert at > (3 if verb == "remove" else 2)


def test_the_audit_is_only_ever_added_to() -> None:
    changing = re.compile(
        r"\b(UPDATE|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE(\s+TABLE)?)\s+moderation_acts\b", re.I
    )
    assert changing.search("UPDATE moderation_acts SET note = ''"), "the pattern finds what it looks for"
    sources = [p for folder in ("shared", "web", "worker") for p in (ROOT / folder).rglob("*.py")]
    assert [str(p) for p in sources if changing.search(p.read_text())] == []
    adapter = (ROOT / "shared/adapters/mysql_moderation.py").read_text()
    assert re.findall(r"\b(\w+\s+\w+) moderation_acts\b", adapter).count("INSERT INTO") == 1


def test_where_an_image_stands() -> None:
    stands = {
        (state, hidden, over): standing(state, hidden=hidden, undo_is_over=over)
        for state in (State.PUBLISHED, State.TAKEN_BACK, State.ERASED)
        for hidden in (False, True)
        for over in (False, True)
    }
    assert stands[State.PUBLISHED, False, True] is Standing.SHOWN, "an undo that was, says nothing"
    assert stands[State.TAKEN_BACK, True, False] is Standing.TAKEN_BACK_HIDDEN
    assert stands[State.TAKEN_BACK, True, True] is Standing.GONE
    assert {stands[State.ERASED, h, o] for h in (False, True) for o in (False, True)} == {Standing.GONE}
    assert all(reason.words for reason in Reason)
