"""The promises of holding what was removed before, and of a moderator's answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.domain.manifest import Manifest
from shared.domain.moderation import Moderator, Standing, Verb
from shared.domain.refusals import Refusal
from shared.domain.uploads import State
from shared.ports.moderation import Wanted
from tests.contract.sides import Records
from tests.contract.test_fingerprints import BEN, LOOK, differing, digest_of, publish_look
from tests.contract.uploads import ANN, attempt, image_of, new_manifest

MOE = Moderator(UUID(int=7), "moe")


def barred(records: Records, fingerprint: int | None = LOOK) -> UUID:
    """An image of Ben's that a moderator has removed for good."""
    image_id = publish_look(records, fingerprint, BEN)
    for _ in range(2):
        records.bar(image_id, "a face without consent")
    return image_id


def tried(
    records: Records, fingerprint: int | None, like: UUID | None = None, manifest: Manifest | None = None
) -> tuple[UUID, State]:
    """What becomes of an upload of Ann's that looks so, and has the bytes of another."""
    manifest = manifest or new_manifest()
    sha256 = digest_of(replace(manifest, upload_id=like or manifest.upload_id))
    image = replace(image_of(manifest), fingerprint=fingerprint, sha256=sha256, uploaded_sha256=sha256)
    state = records.attempts.begin(manifest, attempt())
    if not state.closed:
        state = records.attempts.publish(image, [], attempt(), [])
    return manifest.upload_id, state


def held(records: Records) -> UUID:
    """An upload that is held."""
    like = barred(records)
    upload_id, state = tried(records, LOOK, like)
    assert state is State.HELD
    return upload_id


def state_of(records: Records, upload_id: UUID) -> State:
    upload = records.uploads.find(upload_id)
    assert upload is not None
    return upload.status


@pytest.mark.parametrize(("bits", "state"), [(0, "held"), (4, "held"), (5, "published"), (32, "published")])
def test_what_is_nearly_a_barred_picture_is_held(records: Records, bits: int, state: str) -> None:
    image_id = barred(records)
    upload_id, became = tried(records, differing(bits))
    assert became == state
    assert state_of(records, upload_id) == state
    assert records.operations.throughput(datetime.now(UTC)).held == (state == "held")
    assert (records.images.find(upload_id) is None) is (state == "held")
    listed = [(h.upload.id, h.barred and (h.barred.image_id, h.barred.reason)) for h in records.held.held(9)]
    assert listed == ([(upload_id, (image_id, "a face without consent"))] if state == "held" else [])


def test_the_same_bytes_are_held_whatever_they_look_like_and_flat_pictures_for_nothing_else(
    records: Records,
) -> None:
    flat = barred(records, None)
    assert tried(records, None, like=flat)[1] is State.HELD
    assert tried(records, None)[1] is State.PUBLISHED
    assert tried(records, LOOK)[1] is State.PUBLISHED


def test_the_barred_are_known_when_their_records_are_gone(records: Records) -> None:
    image_id = barred(records)
    records.taking_back.take_back(image_id, BEN)
    records.pass_time(timedelta(days=1))
    assert records.erasing.begin(image_id, attempt())
    records.erasing.done(image_id, [])
    assert tried(records, differing(2))[1] is State.HELD


def test_a_held_upload_is_changed_by_no_attempt(records: Records) -> None:
    like = barred(records)
    manifest = new_manifest()
    upload_id, _ = tried(records, LOOK, like, manifest)
    image = image_of(manifest)
    assert records.attempts.begin(manifest, attempt(2)) is State.HELD
    assert records.attempts.publish(image, [], attempt(2), []) is State.HELD
    assert records.attempts.reject(upload_id, attempt(2), "corrupt", "x", []) is State.HELD
    records.attempts.fail(upload_id, attempt(5), "x")
    records.recovery.requeued(manifest)
    assert not records.recovery.redriven(manifest)
    assert state_of(records, upload_id) is State.HELD
    assert records.images.find(upload_id) is None


def test_what_is_released_is_published_whatever_it_looks_like(records: Records) -> None:
    like = barred(records)
    manifest = new_manifest()
    upload_id, _ = tried(records, LOOK, like, manifest)
    assert records.held.release(upload_id, MOE)
    assert state_of(records, upload_id) is State.QUEUED
    assert not records.held.release(upload_id, MOE)
    assert not records.held.refuse(upload_id, MOE, "x")
    assert records.held.held(9) == []
    [line] = records.moderation.acts(Wanted(image_id=upload_id), None, 9)
    assert (line.verb, line.was, line.username, line.owner) == (Verb.RELEASE, Standing.HELD, "moe", ANN)
    assert tried(records, LOOK, like, manifest)[1] is State.PUBLISHED
    assert tried(records, LOOK, like)[1] is State.HELD, "another one waits for its own word"


def test_what_is_refused_is_rejected_with_the_moderators_sentence(records: Records) -> None:
    upload_id = held(records)
    assert records.held.refuse(upload_id, MOE, "y" * 600)
    upload = records.uploads.find(upload_id)
    assert upload is not None
    assert (upload.status, upload.reason_code) == (State.REJECTED, Refusal.BARRED)
    assert upload.reason_message == "y" * 500
    assert not records.held.refuse(upload_id, MOE, "x")
    assert not records.held.release(upload_id, MOE)
    assert [event.step for event in records.uploads.events(upload_id)] == ["hold", "refuse"]
    assert [act.verb for act in records.moderation.acts(Wanted(), None, 9)] == [Verb.REFUSE]


def test_what_is_taken_back_is_held_no_more(records: Records) -> None:
    upload_id = held(records)
    assert records.taking_back.take_back(upload_id, ANN)
    assert records.held.held(9) == []
    assert not records.held.release(upload_id, MOE)
    assert state_of(records, upload_id) is State.TAKEN_BACK


def test_they_are_listed_newest_first_a_page_at_a_time(records: Records) -> None:
    like = barred(records)
    ids = [tried(records, LOOK, like)[0] for _ in range(3)]
    assert [h.upload.id for h in records.held.held(2)] == ids[:0:-1]
    assert [h.upload.id for h in records.held.held(2, ids[1])] == ids[:1]
    assert not records.held.release(uuid4(), MOE)
