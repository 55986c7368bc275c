"""Whatever becomes of any one request to S3: what was answered 202 is published once, and nothing else is left."""

import io
import uuid
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from PIL import Image

from shared.adapters.s3 import S3ObjectStore, s3_client
from shared.adapters.s3_sink import PART_BYTES
from shared.domain.manifest import Manifest
from shared.parts import WebParts
from shared.ports.object_store import StoreUnavailable
from shared.staging import Staging
from tests.integration.conftest import Answer, Person, jpeg
from tests.integration.faults.test_ingest_faults import PUBLISHED, counts
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.s3_faults import Fault, S3Faults
from tests.support_app import app_over
from tests.support_slice import a_part

CASES = pytest.mark.parametrize(
    ("fault", "persistent"),
    [
        *(pytest.param(fault, False, id=fault.name.lower()) for fault in Fault),
        *(
            pytest.param(fault, True, id=f"{fault.name.lower()} with its repetitions")
            for fault in (Fault.LOST, Fault.ANSWER_LOST)
        ),
    ],
)


@pytest.fixture
def store(faults: S3Faults, parts: WebParts, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3ObjectStore]:
    """The real adapter, whose requests go through the proxy."""
    with monkeypatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_S3", faults.url)
        client = s3_client(boto3.Session(), parts.settings.aws_region)
    yield S3ObjectStore(client, parts.settings.s3_bucket)
    client.close()


@pytest.fixture
def faulty(person: Person, parts: WebParts, store: S3ObjectStore) -> Person:
    """The person, at a portal behind the proxy."""
    return replace(person, client=app_over(replace(parts, store=store)).test_client())


def manifests(parts: WebParts, person: Person) -> list[Manifest]:
    """What was accepted and waits."""
    owner = parts.sessions.verify(person.token).owner
    staging = Staging(parts.store)
    return [m for upload_id in staging.accepted_by(owner) if (m := staging.manifest(owner, upload_id))]


def must_be_whole(parts: WebParts, person: Person, answer: Answer, what: str) -> None:
    """A 202 has its manifest, and a manifest has its bytes; then staging is emptied for the next run."""
    accepted = manifests(parts, person)
    assert answer.status in (202, 503), f"{what}: {answer}"
    assert len(accepted) <= 1, what
    if answer.status == 202:
        assert [str(m.upload_id) for m in accepted] == [answer.json["id"]], what
    else:
        assert answer.json["code"] == "store_unavailable", what
    for manifest in accepted:
        assert manifest.describes(parts.store.get(manifest.staged_key) or b""), f"{what}: the bytes are gone"
    owner = parts.sessions.verify(person.token).owner
    for staged in Staging(parts.store).walk():
        if staged.owner == owner:
            Staging(parts.store).clear(staged)


SMALL = jpeg(64, 48)
LARGE = jpeg(64, 48) + bytes(
    2 * PART_BYTES
)  # three parts; what follows the end mark is cut off by the worker


@CASES
@pytest.mark.parametrize(("kind", "calls"), [("small", 2), ("small, keyed", 4), ("large", 5)])
def test_accepted_bytes_are_kept_whatever_becomes_of_a_request(
    faulty: Person, parts: WebParts, faults: S3Faults, kind: str, calls: int, fault: Fault, persistent: bool
) -> None:
    data, keyed = LARGE if kind == "large" else SMALL, "keyed" in kind
    faults.plan(0, None)
    faulty.post_image(data, **({"key": str(uuid.uuid4())} if keyed else {}))
    total = len(faults.calls)
    assert total == calls
    must_be_whole(
        parts, faulty, Answer(202, {"id": str(manifests(parts, faulty)[0].upload_id)}, {}), "no fault"
    )
    for at in a_part(range(1, total + 1), list(Fault).index(fault), 8 if kind == "large" else 2):
        fields = {"key": str(uuid.uuid4())} if keyed else {}
        faults.plan(at, fault, persistent=persistent)
        answer = faulty.post_image(data, **fields)
        call = faults.calls[at - 1]
        faults.settle()
        must_be_whole(parts, faulty, answer, f"{fault.value}, at {at} of {total}: {call.method} {call.path}")


@pytest.mark.parametrize(
    "fault", [Fault.ANSWER_LOST, Fault.HALF_ANSWER], ids=lambda fault: fault.name.lower()
)
@pytest.mark.parametrize("key", [None, "a key"])
def test_a_lost_answer_to_the_manifest_is_an_accepted_upload(
    faulty: Person, faults: S3Faults, hands: HandWorker, fault: Fault, key: str | None
) -> None:
    faults.plan(4 if key else 2, fault)
    answer = faulty.post_image(SMALL, **({"key": key} if key else {}))
    faults.settle()
    assert answer.status == 202
    assert hands.work() == ["published"]


@CASES
def test_a_request_that_is_repeated_with_its_key_ends_as_one_image(
    faulty: Person, faults: S3Faults, hands: HandWorker, fault: Fault, persistent: bool
) -> None:
    for count, at in enumerate(a_part(range(1, 5), list(Fault).index(fault), 2), 1):
        key = str(uuid.uuid4())
        faults.plan(at, fault, persistent=persistent)
        faulty.post_image(SMALL, key=key)
        faults.plan(0, None)
        assert faulty.post_image(SMALL, key=key).status == 202
        faults.settle()
        assert set(hands.work()) <= {"published", "cleared"}, (fault, at)
        assert faulty.get(f"/users/{faulty.username}")["images"] == count


def larger_jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((120, 90), 60).save(out, "JPEG", quality=80)
    return out.getvalue()


@CASES
def test_an_attempt_publishes_once_whatever_becomes_of_a_request(
    person: Person,
    parts: WebParts,
    hands: HandWorker,
    store: S3ObjectStore,
    faults: S3Faults,
    stack: object,
    fault: Fault,
    persistent: bool,
) -> None:
    """Get manifest and bytes, put three objects, list and clear staging: each of them in trouble once."""
    through = HandWorker(replace(hands.parts, store=store), hands.queue_url)
    data = larger_jpeg()
    total = 8
    for at in a_part(range(1, total + 1), list(Fault).index(fault), 8):
        upload_id = person.post_image(data).json["id"]
        [manifest] = [m for m in manifests(parts, person) if str(m.upload_id) == upload_id]
        hands.messages()
        faults.plan(at, fault, persistent=persistent)
        try:
            through.ingest(manifest.owner, manifest.upload_id)
        except StoreUnavailable:
            faults.settle()
            hands.ingest(manifest.owner, manifest.upload_id, 2)
        faults.settle()
        assert counts(hands, stack, manifest.upload_id) == PUBLISHED, f"{fault.value}, at {at} of {total}"
