"""The object store: S3 through boto3. Every botocore exception ends here."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import structlog
from boto3 import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.ports.object_store import StoredObject, StoredVersion, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, ObjectIdentifierTypeDef

PART_BYTES = 6 * 1024 * 1024  # S3's least part is 5 MiB; one part is what an upload holds in memory
PIECE_BYTES = 4 * 1024 * 1024  # what a slow reader is given at once
CONDITIONAL_TRIES = 3  # a conditional write may meet an object that is deleted before it can be read
EXISTS = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409")  # S3's words for «not created»
DELETE_BATCH = 1000  # S3's limit for one DeleteObjects
LONG_CACHE = "private, max-age=31536000, immutable"  # final keys never change their bytes
log = structlog.get_logger(__name__)


def s3_client(session: Session, region: str) -> "S3Client":
    """A client with short time-outs, so that a dead store is an answer and not a hang."""
    config = Config(
        signature_version="s3v4",  # presigning falls back to the old version in us-east-1 otherwise
        connect_timeout=2,
        read_timeout=10,
        retries={"total_max_attempts": 2, "mode": "standard"},
        max_pool_connections=32,
    )
    return session.client("s3", region_name=region, config=config)


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable(f"{what}: {error}") from error


def _told(answer: Any, name: str) -> str:
    """A field of an answer, which a connection cut within the answer's head leaves out without any error."""
    if not (value := answer.get(name)):
        raise StoreUnavailable(f"an answer without {name}")
    return str(value)


class S3ObjectStore:
    """Implements shared.ports.object_store.ObjectStore on one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def open_sink(self, key: str) -> "S3Sink":
        """A sink for one object's bytes; holds at most one part (PART_BYTES) in memory."""
        return S3Sink(self._client, self._bucket, key)

    def put(self, key: str, data: bytes, content_type: str, *, cache: bool = False) -> None:
        """Write a whole object. `cache` lets browsers keep it: for keys that never change."""
        headers: dict[str, Any] = {"CacheControl": LONG_CACHE} if cache else {}
        with _translated("put"):
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

    def pieces(self, key: str) -> Iterator[bytes] | None:
        """The object's bytes a piece at a time, each by a request of its own, so that no answer of S3's waits for a
        slow reader. None where there is none."""
        first = self._piece(key, 0)
        return None if first is None else self._following(key, first)

    def _following(self, key: str, piece: bytes | None) -> Iterator[bytes]:
        start = 0
        while piece:
            yield piece
            start += len(piece)
            piece = self._piece(key, start) if len(piece) == PIECE_BYTES else None

    def _piece(self, key: str, start: int) -> bytes | None:
        return self._get(key, Range=f"bytes={start}-{start + PIECE_BYTES - 1}")

    def _get(self, key: str, **how: Any) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key, **how)["Body"].read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("NoSuchKey", "404"):
                return None
            if code in ("InvalidRange", "416"):  # it ends where the last piece ended
                return b""
            raise StoreUnavailable(f"get: {error}") from error
        except BotoCoreError as error:
            raise StoreUnavailable(f"get: {error}") from error

    def list(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        """The objects under a prefix in the order of their keys, from behind the key `after`."""
        paginator = self._client.get_paginator("list_objects_v2")
        with _translated("list"):
            for page in paginator.paginate(Bucket=self._bucket, Prefix=prefix, StartAfter=after):
                told = parsedate_to_datetime(_told(page["ResponseMetadata"]["HTTPHeaders"], "date"))
                now = told.replace(tzinfo=UTC)  # RFC 9110, 5.6.7: always
                for entry in page.get("Contents", []):
                    yield StoredObject(entry["Key"], entry["Size"], now - entry["LastModified"])

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; keys without an object are no error."""
        self._delete([{"Key": key} for key in keys])

    def versions(self, prefix: str) -> Iterator[StoredVersion]:
        """Every version and delete marker under a prefix. A bucket that keeps no versions calls the only one «null»."""
        paginator = self._client.get_paginator("list_object_versions")
        with _translated("list versions"):
            for page in paginator.paginate(Bucket=self._bucket, Prefix=prefix):
                for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    yield StoredVersion(entry["Key"], entry["VersionId"])

    def erase(self, versions: Iterable[StoredVersion]) -> None:
        """Remove versions for good; those that are gone already are no error."""
        self._delete([{"Key": version.key, "VersionId": version.version_id} for version in versions])

    def _delete(self, named: "Sequence[ObjectIdentifierTypeDef]") -> None:
        for start in range(0, len(named), DELETE_BATCH):
            batch = named[start : start + DELETE_BATCH]
            with _translated("delete"):
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": batch, "Quiet": True}
                )
            if errors := answer.get("Errors"):
                raise StoreUnavailable(f"delete: {len(errors)} of {len(batch)} refused: {errors[0]}")

    def check(self) -> None:
        """Raises StoreUnavailable unless the bucket answers."""
        with _translated("head bucket"):
            self._client.head_bucket(Bucket=self._bucket)


class S3Sink:
    """Bytes on their way into one object: a single PUT when they fit in one part, else a multipart upload."""

    def __init__(self, client: "S3Client", bucket: str, key: str) -> None:
        self._client = client
        self._where: Any = {"Bucket": bucket, "Key": key}
        self._buffer = bytearray()
        self._size_bytes = 0
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []

    def write(self, data: bytes) -> None:
        """Take some bytes; sends a part whenever one is full."""
        self._buffer += data
        self._size_bytes += len(data)
        if len(self._buffer) >= PART_BYTES:
            self._send_part()

    def _send_part(self) -> None:
        body: Any = self._buffer  # botocore takes a bytearray as it is; its stubs don't know
        with _translated("upload part"):
            if self._upload_id is None:
                opened = self._client.create_multipart_upload(**self._where)
                self._upload_id = _told(opened, "UploadId")
            number = len(self._parts) + 1
            answer = self._client.upload_part(
                **self._where, UploadId=self._upload_id, PartNumber=number, Body=body
            )
        # botocore sends a checksum with each part by default; S3 wants the same one named at completion.
        part: CompletedPartTypeDef = {"PartNumber": number, "ETag": _told(answer, "ETag")}
        if "ChecksumCRC32" in answer:
            part["ChecksumCRC32"] = answer["ChecksumCRC32"]
        self._parts.append(part)
        # Emptied in place: botocore's request keeps the buffer in a cycle until the collector comes round.
        self._buffer.clear()

    def commit(self) -> None:
        """Make the object exist."""
        if self._upload_id is None:
            body: Any = self._buffer
            with _translated("put"):
                self._client.put_object(**self._where, Body=body)
            self._buffer.clear()  # in place, as above
            return
        if self._buffer:
            self._send_part()
        with _translated("complete upload"):
            try:
                self._client.complete_multipart_upload(
                    **self._where, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
                )
            except ClientError as error:
                # When the answer to a first try is lost, the repeated one finds the multipart upload gone.
                if error.response["Error"]["Code"] != "NoSuchUpload" or not self._is_complete():
                    raise

    def _is_complete(self) -> bool:
        """Whether the object exists in full. Its key is this sink's alone, so its size is proof enough."""
        try:
            return self._client.head_object(**self._where)["ContentLength"] == self._size_bytes
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return False
            raise

    def abort(self) -> None:
        """Forget what was written. Never raises: what remains after a failure, a lifecycle rule removes."""
        self._buffer.clear()
        if self._upload_id is None:
            return
        upload_id, self._upload_id = self._upload_id, None
        try:
            self._client.abort_multipart_upload(**self._where, UploadId=upload_id)
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchUpload":
                return  # a retried call finds its first try's work done
            log.warning("could not abort a multipart upload", key=self._where["Key"], error=str(error))
