"""Presigned media addresses whose text stays the same for an hour, so that browsers can cache what they show.

botocore signs with the current second, which makes every page's addresses new; so the signature (AWS Signature
Version 4, query form) is made here, dated to the start of the hour and valid for two: at least one is always left.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from boto3 import Session

from shared.ports.media_urls import MediaUrls

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

VALID_SECONDS = 7200


def _utc_now() -> datetime:
    return datetime.now(UTC)


class S3MediaUrls:
    """Implements shared.ports.media_urls.MediaUrls on one private bucket."""

    def __init__(
        self, client: "S3Client", session: Session, bucket: str, now: Callable[[], datetime] = _utc_now
    ) -> None:
        """botocore is asked once where the bucket answers; its signature is thrown away."""
        sample = urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}))
        self._host = sample.netloc
        self._base = f"{sample.scheme}://{sample.netloc}"
        self._path = sample.path.removesuffix("k")
        self._region = client.meta.region_name
        self._session = session
        self._now = now

    @property
    def origin(self) -> str:
        """Scheme and host of every address: what a Content-Security-Policy must allow."""
        return self._base

    def url(self, key: str, *, download_as: str | None = None) -> str:
        """The address of one object; `download_as` makes browsers save it under that name."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise RuntimeError("no AWS credentials: media can't be signed")
        frozen = credentials.get_frozen_credentials()
        hour = self._now().replace(minute=0, second=0, microsecond=0)
        stamp, day = hour.strftime("%Y%m%dT%H%M%SZ"), hour.strftime("%Y%m%d")
        scope = f"{day}/{self._region}/s3/aws4_request"
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{frozen.access_key}/{scope}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(VALID_SECONDS),
            "X-Amz-SignedHeaders": "host",
        }
        if frozen.token:
            query["X-Amz-Security-Token"] = frozen.token
        if download_as is not None:
            query["response-content-disposition"] = attachment(download_as)
        path = self._path + quote(key, safe="/~")
        canonical_query = "&".join(
            f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query.items())
        )
        request = f"GET\n{path}\n{canonical_query}\nhost:{self._host}\n\nhost\nUNSIGNED-PAYLOAD"
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key_bytes = _signing_key(frozen.secret_key, day, self._region)
        signature = hmac.new(key_bytes, to_sign.encode(), hashlib.sha256).hexdigest()
        return f"{self._base}{path}?{canonical_query}&X-Amz-Signature={signature}"

    def without_cookies(self) -> MediaUrls:
        """Every address carries its own permission already."""
        return self

    def cookies(self) -> None:
        """None are needed."""
        return


@lru_cache(maxsize=4)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def attachment(name: str) -> str:
    """A Content-Disposition with an ASCII name and the true one (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
