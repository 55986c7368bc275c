"""Every fault planted on the real stores, found, and repaired; then nothing is found, and at work nothing false."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from shared.domain.consistency import Fault, Finding, FindingState
from shared.domain.operator_acts import Operator, Way
from shared.operating.asking import ask_for_check, ask_for_repair
from shared.operating.consistency import check_a_while
from shared.parts import WorkerParts
from shared.ports.inventory import Named
from shared.staging import Staging
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.times import Times
from tests.support_slice import THOROUGH
from worker.consistency import repair_asked

BY = Operator("ann", Way.TERMINAL)
DAY = timedelta(days=1)
STRAY = UUID(int=7)


@pytest.fixture
def environ(versioned: dict[str, str]) -> dict[str, str]:
    """With a bucket of its own that keeps versions."""
    return versioned


def published(person: Person, hands: HandWorker, seed: int) -> Named:
    upload_id = UUID(person.post_image(jpeg(1000, 750, seed)).json["id"])
    assert hands.work()[-1] == "published"
    named = hands.parts.inventory.find(upload_id)
    assert named is not None
    return named


def findings(parts: WorkerParts, mine: set[UUID]) -> list[Finding]:
    """What a whole check finds of these uploads: the database has other tests' images, whose bucket is another."""
    while parts.checks.running():
        check_a_while(parts, seconds=60)
    assert ask_for_check(parts, BY, full_hash=True)
    check = check_a_while(parts, seconds=600)
    assert check is not None
    assert check.ended_at
    found = parts.findings.of(check.id, None, [FindingState.OPEN], None, 9999)
    return [finding for finding in found if finding.suspect.upload_id in mine]


def flipped(data: bytes | None) -> bytes:
    assert data
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    return bytes(changed)


def erased(person: Person, hands: HandWorker, later: Times, seed: int) -> Named:
    named = published(person, hands, seed)
    path = f"/api/v1/images/{named.upload_id}"
    assert person.client.delete(path, headers=person.headers).status_code == 204
    later(timedelta(minutes=5))
    assert hands.ingest(named.owner, named.upload_id) == "erased"
    return named


def test_every_fault_is_found_and_repaired_and_then_nothing_is_found(
    person: Person, hands: HandWorker, later: Times
) -> None:
    store = hands.parts.store
    deleted, unrendered, changed, staged, well = (published(person, hands, seed) for seed in range(5))
    gone = erased(person, hands, later, 6)
    lost = UUID(person.post_image(jpeg(200, 150, 7)).json["id"])
    hands.messages()  # purged

    right = {named.upload_id: store.get(named.original_key) for named in (deleted, changed)}
    store.delete([deleted.original_key])
    store.erase(list(store.versions(unrendered.renditions[0])))
    store.put(changed.original_key, flipped(right[changed.upload_id]), "image/jpeg")
    stray = f"tiles/x_20260101000000000000_{STRAY}.webp"
    store.put(stray, b"nobody's", "image/webp")
    store.put(gone.original_key, b"put back", "image/jpeg")
    _, sink = Staging(store).receive(staged.owner, staged.upload_id)
    sink.write(b"left")
    sink.commit()
    later(DAY)
    parts = replace(hands.parts, store=later.store(store))
    mine = {n.upload_id for n in (deleted, unrendered, changed, staged, well, gone)} | {lost, STRAY}

    found = findings(parts, mine)

    assert {(f.suspect.fault, f.suspect.upload_id) for f in found} == {
        (Fault.MISSING, deleted.upload_id),
        (Fault.MISSING, unrendered.upload_id),
        (Fault.WRONG, changed.upload_id),
        (Fault.STRAY, STRAY),
        (Fault.ERASED, gone.upload_id),
        (Fault.LEFT, staged.upload_id),
        (Fault.UNSENT, lost),
    }
    act = ask_for_repair(parts, BY, [f.id for f in found], "all")
    repair_asked(parts)
    came = parts.findings.act(act.act)
    assert came is not None
    told = [f.told for f in parts.findings.find_many([f.id for f in found])]
    assert (came.asked, came.repaired) == (7, 7), told
    assert {
        key: store.get(named.original_key)
        for key, named in (
            (deleted.upload_id, deleted),
            (changed.upload_id, changed),
        )
    } == right
    assert store.get(unrendered.renditions[0])
    assert [v.key for v in store.versions("") if str(gone.upload_id) in v.key] == [
        f"taken-back/{gone.owner}/{gone.upload_id}"
    ]
    aside = {entry.key.split("/", 3)[-1] for entry in store.list("quarantine/")}
    assert stray in aside
    assert changed.original_key in aside
    assert hands.work() == ["published"]
    assert findings(parts, mine) == []


def test_a_portal_at_work_gives_no_findings(person: Person, hands: HandWorker, later: Times) -> None:
    mine: set[UUID] = set()
    begun = [published(person, hands, seed) for seed in range(3)]

    def people() -> None:
        for seed in range(10, 30 if THOROUGH else 20):
            mine.add(UUID(person.post_image(jpeg(200, 150, seed)).json["id"]))
            hands.work()
            path = f"/api/v1/images/{begun[0].upload_id}"
            edit = {"caption": f"#harbour {seed}"}
            person.client.patch(path, json=edit, headers=person.headers | {"If-Match": "*"})
            if seed % 5 == 0:
                gone = max(mine)
                person.client.delete(f"/api/v1/images/{gone}", headers=person.headers)
                later(timedelta(minutes=5))
                hands.ingest(begun[0].owner, gone)

    with ThreadPoolExecutor(1) as pool:
        at_work = pool.submit(people)
        while not at_work.done():
            assert findings(hands.parts, mine | {named.upload_id for named in begun}) == []
        at_work.result()
    assert findings(hands.parts, mine) == []
