"""What only S3 does: multipart uploads, pages of a listing, presigned addresses. See tests/contract for the port."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests

from shared.adapters.s3 import S3ObjectStore, s3_client
from shared.adapters.s3_media import S3MediaUrls
from shared.adapters.s3_sink import PART_BYTES
from shared.ports.object_store import StoreUnavailable
from tests.support_aws import new_bucket, use_cloud
from tests.support_cloud import REGION


@pytest.fixture(params=["moto", "ministack"], autouse=True)
def endpoint(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    url: str = request.getfixturevalue(f"{request.param}_endpoint")
    use_cloud(url, monkeypatch)
    return url


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session()


@pytest.fixture
def bucket() -> Iterator[tuple[S3ObjectStore, str]]:
    with new_bucket() as made:
        yield made


@pytest.fixture
def store(bucket: tuple[S3ObjectStore, str]) -> S3ObjectStore:
    return bucket[0]


@pytest.fixture
def name(bucket: tuple[S3ObjectStore, str]) -> str:
    """The bucket's."""
    return bucket[1]


def test_an_aborted_sink_leaves_no_parts(store: S3ObjectStore, name: str, session: boto3.Session) -> None:
    sink = store.open_sink("k")
    sink.write(b"x" * (PART_BYTES + 1))
    sink.abort()
    assert not s3_client(session, REGION).list_multipart_uploads(Bucket=name).get("Uploads", [])


def test_more_than_one_page_is_listed(store: S3ObjectStore, name: str, session: boto3.Session) -> None:
    client = s3_client(session, REGION)
    client.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: params | {"MaxKeys": 2}
    )
    keys = [f"t/{i}" for i in range(5)]
    for key in keys:
        store.put(key, b"", "text/plain")
    assert [o.key for o in S3ObjectStore(client, name).list("t/")] == keys


def test_a_missing_bucket_is_unavailable(session: boto3.Session) -> None:
    store = S3ObjectStore(s3_client(session, REGION), "there-is-no-such-bucket")
    with pytest.raises(StoreUnavailable):
        store.check()
    with pytest.raises(StoreUnavailable):
        store.put("k", b"", "text/plain")


def media(name: str, now: datetime) -> S3MediaUrls:
    session = boto3.Session()
    return S3MediaUrls(s3_client(session, REGION), session, name, now=lambda: now)


def test_media_addresses_open_the_private_object(store: S3ObjectStore, name: str) -> None:
    key = "t/a b+ü~.jpg"
    store.put(key, b"pixels", "image/jpeg", cache=True)
    address = media(name, datetime.now(UTC)).url(key)
    answer = requests.get(address, timeout=5)
    assert (answer.status_code, answer.content) == (200, b"pixels")
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_download_carries_the_true_name(store: S3ObjectStore, name: str) -> None:
    store.put("k", b"pixels", "image/jpeg")
    address = media(name, datetime.now(UTC)).url("k", download_as='日本語 "x".jpg')
    disposition = requests.get(address, timeout=5).headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E%20%22x%22.jpg" in disposition


def test_the_text_of_an_address_stays_for_an_hour() -> None:
    def at(hour: int, minute: int) -> str:
        return media("a-bucket", datetime(2026, 1, 1, hour, minute, tzinfo=UTC)).url("k")

    assert at(9, 0) == at(9, 59)
    assert at(9, 59) != at(10, 0)


@pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)
def test_a_bare_or_changed_address_opens_nothing(store: S3ObjectStore, name: str) -> None:
    """On the stand-in that checks signatures; the other one lets everything pass."""
    store.put("k", b"pixels", "image/jpeg")
    address = media(name, datetime.now(UTC)).url("k")
    assert requests.get(address, timeout=5).status_code == 200
    assert requests.get(address.split("?")[0], timeout=5).status_code == 403
    assert requests.get(address[:-4] + "0000", timeout=5).status_code == 403
    old = media(name, datetime.now(UTC) - timedelta(hours=3)).url("k")
    assert requests.get(old, timeout=5).status_code == 403


def test_the_signature_is_botocores_own(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same moment, same parameters: the same signature as the vendor's code makes."""
    moment = datetime(2026, 5, 6, 7, 0, 0, tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment.replace(tzinfo=None))
    theirs = s3_client(session, REGION).generate_presigned_url(
        "get_object", Params={"Bucket": "a-bucket", "Key": "a/b c~é.jpg"}, ExpiresIn=7200
    )
    ours = media("a-bucket", moment).url("a/b c~é.jpg")
    assert sorted(ours.split("?")[1].split("&")) == sorted(theirs.split("?")[1].split("&"))
