"""Media through Amazon CloudFront: plain addresses that signed cookies open, or addresses signed one by one.

A browser gets cookies for the whole distribution, so its addresses stay the same for ever and a copied one opens
nothing for others. A caller with a bearer token has no cookies; each of its addresses is signed for one object.
Policies end two hours after the start of the hour they are made in: at least one hour is always left, and within
an hour cookies and addresses stay the same, on every instance: ECDSA's numbers come from what is signed (RFC 6979).
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html
"""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.adapters.s3_media import VALID_SECONDS, attachment
from shared.ports.media_urls import MediaCookies, MediaUrls

HASH = "SHA256"
"""What CloudFront is told that it is; without a word it takes SHA-1."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class CloudFrontMediaUrls:
    """Implements shared.ports.media_urls.MediaUrls on one distribution whose origin is the private bucket."""

    def __init__(
        self, base_url: str, key_pair_id: str, private_key_pem: str, now: Callable[[], datetime] = _utc_now
    ) -> None:
        """`base_url` is https:// and a host one label below the portal's domain, without a path."""
        self._base = base_url
        self._key_pair_id = key_pair_id
        key = load_pem_private_key(private_key_pem.encode(), None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError("CloudFront's key must be a P-256 private key")
        self._key = key
        self._signer = CloudFrontSigner(key_pair_id, self._signature)
        self._now = now
        # media.photos.example.com → photos.example.com: no wider than portal and media together.
        self._cookie_domain = (urlsplit(base_url).hostname or "").partition(".")[2]
        self._cookies_until = lru_cache(maxsize=2)(self._sign_cookies)

    @property
    def origin(self) -> str:
        """Scheme and host of every address: what a Content-Security-Policy must allow."""
        return self._base

    def url(self, key: str, *, download_as: str | None = None) -> str:
        """The address of one object, for who has the cookies; `download_as` makes browsers save it so named."""
        address = f"{self._base}/{quote(key, safe='/~')}"
        if download_as is None:
            return address
        return f"{address}?response-content-disposition={quote(attachment(download_as), safe='~')}"

    def without_cookies(self) -> MediaUrls:
        """The same media, with an address signed for each object."""
        return _SignedAddresses(self)

    def cookies(self) -> MediaCookies:
        """What a browser must send to open this distribution's addresses."""
        return self._cookies_until(self.ends_at())

    def ends_at(self) -> int:
        """When what is signed now ends, in seconds since 1970."""
        hour = self._now().replace(minute=0, second=0, microsecond=0)
        return int(hour.timestamp()) + VALID_SECONDS

    def signed(self, address: str) -> str:
        """An address of this distribution's, for who has no cookies."""
        signed = self._signer.generate_presigned_url(address, _moment(self.ends_at()))
        return f"{signed}&Hash-Algorithm={HASH}"

    def _sign_cookies(self, ends_at: int) -> MediaCookies:
        policy = self._signer.build_policy(f"{self._base}/*", _moment(ends_at)).encode()
        values = {
            "CloudFront-Policy": _text(policy),
            "CloudFront-Signature": _text(self._signature(policy)),
            "CloudFront-Key-Pair-Id": self._key_pair_id,
            "CloudFront-Hash-Algorithm": HASH,
        }
        return MediaCookies(values, self._cookie_domain, VALID_SECONDS)

    def _signature(self, policy: bytes) -> bytes:
        return self._key.sign(policy, ECDSA(SHA256(), deterministic_signing=True))


class _SignedAddresses:
    """A view on a distribution for callers without cookies."""

    def __init__(self, media: CloudFrontMediaUrls) -> None:
        self._media = media

    @property
    def origin(self) -> str:
        return self._media.origin

    def url(self, key: str, *, download_as: str | None = None) -> str:
        return self._media.signed(self._media.url(key, download_as=download_as))

    def without_cookies(self) -> MediaUrls:
        return self

    def cookies(self) -> None:
        return None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _text(data: bytes) -> str:
    """Base64 in CloudFront's own alphabet, which needs no escaping in cookies and addresses."""
    return b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))
