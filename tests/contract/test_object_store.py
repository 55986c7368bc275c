"""The object store's promises, kept on every S3 there is here."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests

from shared.adapters.s3 import PART_BYTES, S3ObjectStore, s3_client
from shared.adapters.s3_media import S3MediaUrls
from shared.ports.object_store import StoreUnavailable
from tests.support_cloud import REGION, aws_environment, free_port

BUCKET = f"contract-{uuid.uuid4().hex[:12]}"


@pytest.fixture(params=["moto", "ministack"])
def endpoint(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    url: str = request.getfixturevalue(f"{request.param}_endpoint")
    for name, value in aws_environment(url).items():
        monkeypatch.setenv(name, value)
    return url


@pytest.fixture
def session(endpoint: str) -> boto3.Session:
    return boto3.Session()


@pytest.fixture
def store(session: boto3.Session) -> Iterator[S3ObjectStore]:
    client = s3_client(session, REGION)
    existing = [b["Name"] for b in client.list_buckets()["Buckets"]]
    if BUCKET not in existing:
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield S3ObjectStore(client, BUCKET)
    client.close()


def fresh() -> str:
    return f"t/{uuid.uuid4()}"


def test_what_is_put_can_be_got_listed_and_deleted(store: S3ObjectStore) -> None:
    key = fresh()
    store.put(f"{key}/b", b"two", "text/plain", cache=True)
    store.put(f"{key}/a", b"one", "text/plain")
    listed = list(store.list(key))
    assert [(o.key, o.size_bytes) for o in listed] == [(f"{key}/a", 3), (f"{key}/b", 3)]
    assert timedelta(seconds=-2) < listed[0].age < timedelta(minutes=1)
    assert [o.key for o in store.list(key, after=f"{key}/a")] == [f"{key}/b"]
    assert store.get(f"{key}/a") == b"one"
    store.delete([f"{key}/a", f"{key}/b", f"{key}/never-there"])
    assert store.get(f"{key}/a") is None
    assert list(store.list(key)) == []


def test_put_new_writes_only_where_nothing_is(store: S3ObjectStore) -> None:
    key = fresh()
    assert store.put_new(key, b"first", "text/plain") == b"first"
    assert store.put_new(key, b"second", "text/plain") == b"first"
    assert store.put_new(key, b"first", "text/plain") == b"first", (
        "whoever wrote it, it is what was to be written"
    )
    assert store.get(key) == b"first"


@pytest.mark.parametrize("size", [1, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 5])
def test_a_sink_stores_exactly_what_was_written(store: S3ObjectStore, size: int) -> None:
    key, data = fresh(), bytes(range(256)) * (size // 256 + 1)
    sink = store.open_sink(key)
    for start in range(0, size, 100_000):
        sink.write(data[start : min(start + 100_000, size)])
    assert store.get(key) is None, "nothing is visible before the commit"
    sink.commit()
    stored = store.get(key)
    assert stored is not None
    assert hashlib.sha256(stored).digest() == hashlib.sha256(data[:size]).digest()


def test_an_aborted_sink_leaves_nothing(store: S3ObjectStore, session: boto3.Session) -> None:
    key = fresh()
    sink = store.open_sink(key)
    sink.write(b"x" * (PART_BYTES + 1))
    sink.abort()
    assert store.get(key) is None
    open_uploads = s3_client(session, REGION).list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    assert key not in [u["Key"] for u in open_uploads]


def test_more_than_one_page_is_listed(session: boto3.Session, store: S3ObjectStore) -> None:
    client = s3_client(session, REGION)
    client.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: params | {"MaxKeys": 2}
    )
    key = fresh()
    names = [f"{key}/{i}" for i in range(5)]
    for name in names:
        store.put(name, b"", "text/plain")
    assert [o.key for o in S3ObjectStore(client, BUCKET).list(key)] == names


def test_a_missing_bucket_is_unavailable(session: boto3.Session) -> None:
    store = S3ObjectStore(s3_client(session, REGION), "there-is-no-such-bucket")
    with pytest.raises(StoreUnavailable):
        store.check()
    with pytest.raises(StoreUnavailable):
        store.put("k", b"", "text/plain")


def test_a_dead_store_is_unavailable_and_says_so_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws_environment(f"http://127.0.0.1:{free_port()}").items():
        monkeypatch.setenv(name, value)
    store = S3ObjectStore(s3_client(boto3.Session(), REGION), BUCKET)
    sink = store.open_sink("k")
    sink.write(b"x")
    for use in (
        lambda: store.put("k", b"", "text/plain"),
        lambda: store.put_new("k", b"", "text/plain"),
        lambda: store.get("k"),
        lambda: list(store.list("k")),
        lambda: store.delete(["k"]),
        store.check,
        sink.commit,
    ):
        with pytest.raises(StoreUnavailable):
            use()
    sink.abort()


def media(session: boto3.Session, now: datetime) -> S3MediaUrls:
    return S3MediaUrls(s3_client(session, REGION), session, BUCKET, now=lambda: now)


def test_media_addresses_open_the_private_object(store: S3ObjectStore, session: boto3.Session) -> None:
    key = f"{fresh()}/a b+ü~.jpg"
    store.put(key, b"pixels", "image/jpeg", cache=True)
    address = media(session, datetime.now(UTC)).url(key)
    answer = requests.get(address, timeout=5)
    assert (answer.status_code, answer.content) == (200, b"pixels")
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_download_carries_the_true_name(store: S3ObjectStore, session: boto3.Session) -> None:
    key = fresh()
    store.put(key, b"pixels", "image/jpeg")
    address = media(session, datetime.now(UTC)).url(key, download_as='日本語 "x".jpg')
    disposition = requests.get(address, timeout=5).headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E%20%22x%22.jpg" in disposition


def test_the_text_of_an_address_stays_for_an_hour(session: boto3.Session) -> None:
    def at(hour: int, minute: int) -> str:
        return media(session, datetime(2026, 1, 1, hour, minute, tzinfo=UTC)).url("k")

    assert at(9, 0) == at(9, 59)
    assert at(9, 59) != at(10, 0)


def test_a_bare_or_changed_address_opens_nothing(
    ministack_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the stand-in that checks signatures; the other one lets everything pass."""
    for name, value in aws_environment(ministack_endpoint).items():
        monkeypatch.setenv(name, value)
    session = boto3.Session()
    client = s3_client(session, REGION)
    bucket = f"private-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    S3ObjectStore(client, bucket).put("k", b"pixels", "image/jpeg")
    address = S3MediaUrls(client, session, bucket).url("k")
    assert requests.get(address, timeout=5).status_code == 200
    assert requests.get(address.split("?")[0], timeout=5).status_code == 403
    assert requests.get(address[:-4] + "0000", timeout=5).status_code == 403
    old = S3MediaUrls(client, session, bucket, now=lambda: datetime.now(UTC) - timedelta(hours=3))
    assert requests.get(old.url("k"), timeout=5).status_code == 403


def test_the_signature_is_botocores_own(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same moment, same parameters: the same signature as the vendor's code makes."""
    moment = datetime(2026, 5, 6, 7, 0, 0, tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment.replace(tzinfo=None))
    theirs = s3_client(session, REGION).generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "a/b c~é.jpg"}, ExpiresIn=7200
    )
    ours = media(session, moment).url("a/b c~é.jpg")
    assert sorted(ours.split("?")[1].split("&")) == sorted(theirs.split("?")[1].split("&"))
