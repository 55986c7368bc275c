"""Failed uploads as operators choose among them: by hand, by time, and by what is known of one that stands for many."""

import re
from datetime import timedelta

import pytest

from shared.domain.failures import advice
from shared.domain.formats import BY_NAME
from shared.domain.keys import final_key
from shared.staging import Staging
from tests.support_memory import Browser, World
from tests.unit.test_operators import AWAY, DISK, act, confirmed, fail, operator, world

__all__ = ["operator", "world"]  # fixtures
pytestmark = pytest.mark.slow


def test_a_chosen_few_are_sent_again_and_no_others(world: World, operator: Browser) -> None:
    ids = [str(fail(world, f"{DISK}: full")) for _ in range(3)]
    page = operator.get(f"/ops/failed?reason={DISK}")
    assert re.findall(r'type="checkbox" name="id" value="([^"]+)"', page) == ids
    query = "&".join(f"id={i}" for i in ids[:2])
    act(operator, ids[:1], "redrive")
    confirmation = f"/ops/failed/confirm?verb=discard&reason={DISK}&{query}"
    assert "1 of your 2 is no longer failed" in operator.get(confirmation)
    assert confirmed(operator, confirmation) == ([ids[1]], "discard")
    assert "Nothing to do" in operator.get(f"/ops/failed/confirm?verb=redrive&id={ids[0]}")


def test_only_what_failed_within_a_time_is_shown_and_acted_on(world: World, operator: Browser) -> None:
    early = fail(world, f"{DISK}: full")
    world.clock.advance(timedelta(hours=2))
    late = fail(world, f"{DISK}: full")
    since = f"from={world.clock() - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    assert "1 waits for you, of the time that you chose." in operator.get(f"/ops/failed?{since}")
    assert str(early) not in operator.get(f"/ops/failed?reason={DISK}&{since}")
    ids, verb = confirmed(operator, f"/ops/failed/confirm?verb=redrive&{since}")
    assert ids == [str(late)]
    operator.submit("/ops/failed", "/ops/failed/acts", id=ids, verb=verb, **{"from": since[5:]})
    assert world.web.operator_acts.page(None, 1)[0].subject == str(late)
    assert "Nothing failed in that time" in operator.get("/ops/failed?to=2020-01-01T00:00")
    assert operator.client.get("/ops/failed?from=soon").status_code == 422


def test_each_kind_of_failure_has_its_advice() -> None:
    for reason, word in (
        (AWAY, "S3"),
        ("CatalogueUnavailable at x/y.z", "MySQL"),
        ("MemoryError at x/y.z", "one again first"),
        ("The last permitted attempt was cut off.", "one again first"),
        ("KeyError at x/y.z", "Deploy"),
        ("", "Deploy"),
    ):
        assert word in advice(reason), reason


def test_a_preview_is_shown_only_of_what_was_rendered(world: World, operator: Browser) -> None:
    upload_id = fail(world, f"{AWAY}: down")
    path = f"/ops/failed?reason={AWAY}"
    page = operator.get(path)
    assert "There is no preview" in page
    assert "JPEG" in page
    assert "staging/" not in page
    manifest = Staging(world.store).manifest(world.owner_of("ann"), upload_id)
    assert manifest is not None
    key = final_key("thumbnails", manifest, BY_NAME["webp"])
    world.store.put(key, b"x", "image/webp")
    assert key in operator.get(path)
    world.store.away = True
    assert "can’t be asked" in operator.get(path)
