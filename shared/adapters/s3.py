"""The object store: S3 through boto3. Every botocore exception ends here."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from boto3 import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.utils import parse_timestamp

from shared.adapters.s3_sink import S3Sink, told, translated
from shared.ports.object_store import StoredObject, StoredVersion, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef, ObjectIdentifierTypeDef

PIECE_BYTES = 4 * 1024 * 1024  # what a slow reader is given at once
CONDITIONAL_TRIES = 3  # a conditional write may meet an object that is deleted before it can be read
EXISTS = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409")  # S3's words for «not created»
ABSENT = ("NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed", "405")  # the last two: of a delete marker
DELETE_BATCH = 1000  # S3's limit for one DeleteObjects
LONG_CACHE = "private, max-age=31536000, immutable"  # final keys never change their bytes


def s3_client(session: Session, region: str) -> "S3Client":
    """A client with short time-outs, so that a dead store is an answer and not a hang."""
    config = Config(
        signature_version="s3v4",  # presigning falls back to the old version in us-east-1 otherwise
        connect_timeout=2,
        read_timeout=10,
        retries={"total_max_attempts": 2, "mode": "standard"},
        max_pool_connections=32,
    )
    factory = session._session.get_component("response_parser_factory")
    factory.set_parser_defaults(timestamp_parser=_moment)
    return session.client("s3", region_name=region, config=config)


def _moment(told: Any) -> datetime:
    """A time as S3's listings write it. By botocore's own way, dateutil, a sweep over many uploads needs three times as
    long, nearly all of it for dates."""
    if isinstance(told, str) and told.endswith("Z"):
        return datetime.fromisoformat(told)
    moment: datetime = parse_timestamp(told)
    return moment


class S3ObjectStore:
    """Implements shared.ports.object_store.ObjectStore on one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def open_sink(self, key: str) -> "S3Sink":
        """A sink for one object's bytes; holds at most one part in memory."""
        return S3Sink(self._client, self._bucket, key)

    def put(self, key: str, data: bytes, content_type: str, *, cache: bool = False) -> None:
        """Write a whole object. `cache` lets browsers keep it: for keys that never change."""
        headers: dict[str, Any] = {"CacheControl": LONG_CACHE} if cache else {}
        with translated("put"):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType=content_type, **headers
            )

    def put_new(self, key: str, data: bytes, content_type: str) -> bytes:
        """Write the object only where none is; returns the bytes that stand there now: `data`, or another writer's.

        "Not created" is not "somebody else's": when the answer to a first try is lost, botocore repeats it and is
        told that the object exists. So what exists is read.
        """
        for _ in range(CONDITIONAL_TRIES):
            try:
                self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=data, ContentType=content_type, IfNoneMatch="*"
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in EXISTS:
                    raise StoreUnavailable(f"put: {error}") from error
            except BotoCoreError as error:
                raise StoreUnavailable(f"put: {error}") from error
            else:
                return data
            if (standing := self.get(key)) is not None:
                return standing
        raise StoreUnavailable(f"put: {key} exists and is gone again, {CONDITIONAL_TRIES} times over")

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None where there is none."""
        return self._get(key)

    def pieces(self, key: str, *, version_id: str | None = None) -> Iterator[bytes] | None:
        """The object's bytes, or those of one of its versions, a piece at a time, each by a request of its own, so that
        no answer of S3's waits for a slow reader. None where there is none."""
        which = {"VersionId": version_id} if version_id else {}
        first = self._piece(key, which, 0)
        return None if first is None else self._following(key, which, first)

    def _following(self, key: str, which: dict[str, str], piece: bytes | None) -> Iterator[bytes]:
        start = 0
        while piece:
            yield piece
            start += len(piece)
            piece = self._piece(key, which, start) if len(piece) == PIECE_BYTES else None

    def _piece(self, key: str, which: dict[str, str], start: int) -> bytes | None:
        return self._get(key, Range=f"bytes={start}-{start + PIECE_BYTES - 1}", **which)

    def copy(self, key: str, to: str, *, version_id: str | None = None) -> bool:
        """Have S3 copy an object, or one of its versions, with its headers; False where there is none."""
        source: CopySourceTypeDef = {"Bucket": self._bucket, "Key": key}
        if version_id:
            source["VersionId"] = version_id
        try:
            self._client.copy_object(Bucket=self._bucket, Key=to, CopySource=source)
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return False
            raise StoreUnavailable(f"copy: {error}") from error
        except BotoCoreError as error:
            raise StoreUnavailable(f"copy: {error}") from error
        return True

    def _get(self, key: str, **how: Any) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key, **how)["Body"].read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ABSENT:
                return None
            if code in ("InvalidRange", "416"):  # it ends where the last piece ended
                return b""
            raise StoreUnavailable(f"get: {error}") from error
        except BotoCoreError as error:
            raise StoreUnavailable(f"get: {error}") from error

    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        """The objects under a prefix in the order of their keys, from behind the key `after`."""
        paginator = self._client.get_paginator("list_objects_v2")
        with translated("list"):
            for page in paginator.paginate(Bucket=self._bucket, Prefix=prefix, StartAfter=after):
                date = parsedate_to_datetime(told(page["ResponseMetadata"]["HTTPHeaders"], "date"))
                now = date.replace(tzinfo=UTC)  # RFC 9110, 5.6.7: always
                for entry in page.get("Contents", []):
                    yield StoredObject(entry["Key"], entry["Size"], now - entry["LastModified"])

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; keys without an object are no error."""
        self._delete([{"Key": key} for key in keys])

    def versions(self, prefix: str, *, after: str = "") -> Iterator[StoredVersion]:
        """Every version and delete marker under a prefix, from behind the key `after`. A bucket that keeps no versions
        calls the only one «null»."""
        paginator = self._client.get_paginator("list_object_versions")
        behind: Any = {"KeyMarker": after} if after else {}
        with translated("list versions"):
            for page in paginator.paginate(Bucket=self._bucket, Prefix=prefix, **behind):
                entries = (*page.get("Versions", []), *page.get("DeleteMarkers", []))
                for entry in sorted(entries, key=itemgetter("Key")):
                    if entry["Key"] > after:  # «from», says S3's reference of the marker
                        yield StoredVersion(entry["Key"], entry["VersionId"])

    def erase(self, versions: Iterable[StoredVersion]) -> None:
        """Remove versions for good; those that are gone already are no error."""
        self._delete([{"Key": version.key, "VersionId": version.version_id} for version in versions])

    def _delete(self, named: "Sequence[ObjectIdentifierTypeDef]") -> None:
        for start in range(0, len(named), DELETE_BATCH):
            batch = named[start : start + DELETE_BATCH]
            with translated("delete"):
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": batch, "Quiet": True}
                )
            if errors := answer.get("Errors"):
                raise StoreUnavailable(f"delete: {len(errors)} of {len(batch)} refused: {errors[0]}")

    def check(self) -> None:
        """Raises StoreUnavailable unless the bucket answers."""
        with translated("head bucket"):
            self._client.head_bucket(Bucket=self._bucket)
