"""An operator makes renditions anew, without scripts; the pages are looked at in every state."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import expect

from local.drive.people import Person
from local.drive.portal_process import PortalProcess
from shared.bootstrap import worker_parts
from shared.config import WorkerSettings, load
from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.reingest import Outcome, Run, Which
from shared.parts import WorkerParts
from tests.browser.conftest import SCHEMES, Visit, faults_of_accessibility

OLGA = Operator("olga@a-host-with-a-long-name.example", Way.TERMINAL)


@pytest.fixture
def parts(portal: PortalProcess, monkeypatch: pytest.MonkeyPatch) -> WorkerParts:
    env = portal.env()
    for name, value in env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return worker_parts(load(WorkerSettings, env))


@pytest.fixture
def half_way(parts: WorkerParts, photographer: Person) -> Iterator[Run]:
    """A paused run of which one failed, one came out unchanged and others wait."""
    run = parts.reingest.start(new_upload_id(), OLGA, Which(username=photographer.username))
    assert run is not None
    ends = [(Outcome.FAILED, "Its original is missing. " + "harbour" * 20), (Outcome.UNCHANGED, "")]
    for image in photographer.images(user=photographer.username):
        turn = parts.reingest.begin(UUID(image["id"]))
        if ends and turn:  # that of another test's run, which is older, is brought to its end as well
            outcome, reason = ends.pop(0) if turn.run_id == run.id else (Outcome.UNCHANGED, "")
            parts.reingest.settle(turn, outcome, turn.image, [], reason, [])
        elif turn:
            parts.reingest.give_back(turn)
    found = parts.reingest.act(run.id, OLGA, Verb.PAUSE_REINGEST)
    assert found is not None
    yield found
    parts.reingest.act(run.id, OLGA, Verb.CANCEL_REINGEST)


def test_one_image_is_made_anew_without_scripts(
    portal: PortalProcess, visit: Visit, photographer: Person
) -> None:
    image = photographer.images(user=photographer.username)[0]["id"]
    visitor, env = visit(java_script_enabled=False), portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"], path="/ops/reingest")
    page.get_by_label("One image").fill(image)
    page.get_by_role("button", name="Count them…").click()
    expect(page.get_by_role("heading", name="Make renditions of 1 image anew?")).to_be_visible()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Begun for 1 image. New uploads go first.")).to_be_visible()
    expect(page.get_by_role("link", name=f"Image {image}").first).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_pages_are_accessible_and_fit_a_telephone(
    portal: PortalProcess, visit: Visit, half_way: Run, scheme: str
) -> None:
    visitor = visit(color_scheme=scheme, viewport={"width": 360, "height": 740})
    env = portal.env()
    page = visitor.log_in(env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"])
    for path in ("", f"/{half_way.id}", f"/{half_way.id}/cancel", "/confirm"):
        visitor.open(f"/ops/reingest{path}")
        assert faults_of_accessibility(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
