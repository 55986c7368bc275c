"""Addresses of media for people who may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class MediaCookies:
    """Cookies that open media addresses: names and values, their domain, and how long they are good for."""

    values: Mapping[str, str]
    domain: str
    max_age_seconds: int


class MediaUrls(Protocol):
    """Addresses from which private media may be fetched for a while.

    Where `cookies` are given, `url` works with them alone; `without_cookies` serves callers that keep none.
    """

    @property
    def origin(self) -> str: ...
    def url(self, key: str, *, download_as: str | None = None) -> str: ...
    def without_cookies(self) -> "MediaUrls": ...
    def cookies(self) -> MediaCookies | None: ...
