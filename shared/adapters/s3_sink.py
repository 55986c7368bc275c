"""Bytes on their way into S3, and how an answer of S3's becomes one of the port's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from shared.ports.object_store import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 6 * 1024 * 1024  # S3's least part is 5 MiB; one part is what an upload holds in memory
log = structlog.get_logger(__name__)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Every botocore exception within becomes StoreUnavailable."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable(f"{what}: {error}") from error


def told(answer: Any, name: str) -> str:
    """A field of an answer, which a connection cut within the answer's head leaves out without any error."""
    if not (value := answer.get(name)):
        raise StoreUnavailable(f"an answer without {name}")
    return str(value)


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
        with translated("upload part"):
            if self._upload_id is None:
                opened = self._client.create_multipart_upload(**self._where)
                self._upload_id = told(opened, "UploadId")
            number = len(self._parts) + 1
            answer = self._client.upload_part(
                **self._where, UploadId=self._upload_id, PartNumber=number, Body=body
            )
        # botocore sends a checksum with each part by default; S3 wants the same one named at completion.
        part: CompletedPartTypeDef = {"PartNumber": number, "ETag": told(answer, "ETag")}
        if "ChecksumCRC32" in answer:
            part["ChecksumCRC32"] = answer["ChecksumCRC32"]
        self._parts.append(part)
        # Emptied in place: botocore's request keeps the buffer in a cycle until the collector comes round.
        self._buffer.clear()

    def commit(self) -> None:
        """Make the object exist."""
        if self._upload_id is None:
            body: Any = self._buffer
            with translated("put"):
                self._client.put_object(**self._where, Body=body)
            self._buffer.clear()  # in place, as above
            return
        if self._buffer:
            self._send_part()
        with translated("complete upload"):
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
