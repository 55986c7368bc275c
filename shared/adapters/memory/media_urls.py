"""Addresses of media on a host that does not exist."""

from urllib.parse import quote

from shared.ports.media_urls import MediaCookies, MediaUrls


class MemoryMediaUrls:
    """Implements shared.ports.media_urls.MediaUrls. Without `cookies` every address stands for itself, as S3's do;
    with them, an address for callers that keep none says so, as CloudFront's do."""

    origin = "https://media.example"

    def __init__(self, cookies: MediaCookies | None = None) -> None:
        self._cookies = cookies
        self._signed = False

    def url(self, key: str, *, download_as: str | None = None) -> str:
        """The address of one object."""
        query = ["signed"] if self._signed else []
        query += [f"download_as={quote(download_as, safe='')}"] if download_as is not None else []
        return f"{self.origin}/{quote(key)}" + ("?" + "&".join(query) if query else "")

    def without_cookies(self) -> MediaUrls:
        """The same media for callers that keep no cookies."""
        if self._cookies is None:
            return self
        signed = MemoryMediaUrls()
        signed._signed = True
        return signed

    def cookies(self) -> MediaCookies | None:
        """What a browser must send."""
        return self._cookies
