"""Every state of an upload is known wherever states are told apart."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from image_portal_cli.entries import STATUSES, TAKEN_BACK
from shared.domain.uploads import State
from tests.support_memory import World, file, small_photo
from web.upload.follow import FILTERS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
POLL = (ROOT / "web/static/upload/poll.js").read_text()
STATES_JS = (ROOT / "web/static/upload/states.js").read_text()


@pytest.mark.parametrize("state", State)
def test_scripts_know_it_and_what_they_make_of_it(state: State) -> None:
    if state is not State.QUEUED:  # which is what they take anything else for
        assert f'case "{state}":' in POLL
    made = set(re.findall(r'return \["(\w+)"', POLL))
    assert made <= set(re.findall(r"^  (\w+): \{", STATES_JS, re.MULTILINE))


@pytest.mark.parametrize("state", State)
def test_a_row_says_it_in_words_of_its_own(state: State) -> None:
    world = World()
    ann = world.sign_up()
    world.app.test_client().post("/api/v1/images", data={"file": file(small_photo())}, headers=world.token())
    world.work()
    with world.database.transaction() as tables:
        [(upload_id, row)] = tables.uploads.items()
        changed = replace(row.upload, status=state, erased_at=world.clock())
        tables.uploads[upload_id] = replace(row, upload=changed)
    words = re.findall(
        rf'class="state state-{state}[^>]*>.*?<span>(.*?)</span>', ann.get("/uploads"), re.DOTALL
    )
    assert words
    assert words[0].startswith("Failed") is (state is State.FAILED)
    assert f'href="/image/{upload_id}/take-back"' in ann.get("/uploads") or state in (
        State.PUBLISHED,
        State.REJECTED,
        State.TAKEN_BACK,
        State.ERASED,
    )


@pytest.mark.parametrize("state", State)
def test_it_is_under_one_tab_beside_all_and_in_the_documents(state: State) -> None:
    assert [name for name, states in FILTERS.items() if state in states and name != "all"]
    assert f"| {state} |" in (ROOT / "docs/overview.md").read_text()


@pytest.mark.parametrize("state", State)
def test_the_command_line_knows_it(state: State) -> None:
    assert STATUSES.get(state, TAKEN_BACK) == TAKEN_BACK if state.gone else state in STATUSES
