"""Media for whoever asks: browsers get cookies with their session, bearers get addresses that need none."""

from typing import Any

from flask import Flask, Response, g, request

from shared.ports.media_urls import MediaCookies, MediaUrls
from web.http.parts import parts


class MediaForCaller:
    """The wired media, in the form that the caller of the current request can use."""

    def __init__(self, media: MediaUrls) -> None:
        self._media = media
        self.without_cookies, self.cookies = media.without_cookies, media.cookies

    @property
    def origin(self) -> str:
        """Scheme and host of every address."""
        return self._media.origin

    def url(self, key: str, *, download_as: str | None = None) -> str:
        """The address of one object."""
        media = self._media.without_cookies() if _is_bearer() else self._media
        return media.url(key, download_as=download_as)


def install(app: Flask) -> None:
    """Write or clear the media cookies together with the session's."""
    app.after_request(_write_cookies)


def _is_bearer() -> bool:
    return "Authorization" in request.headers


def _write_cookies(response: Response) -> Response:
    cookies = parts().media.cookies()
    if cookies is None:
        return response
    how: Any = {"domain": cookies.domain, "path": "/", "httponly": True, "samesite": "Lax"}
    how["secure"] = parts().settings.cookie_secure
    if "new_tokens" in g and g.new_tokens is None:  # log-out; CloudFront takes the old ones until they end
        for name in cookies.values:
            response.delete_cookie(name, **how)
    elif g.get("viewer") is not None and not _is_bearer() and not _has(cookies):
        for name, value in cookies.values.items():
            response.set_cookie(name, value, max_age=cookies.max_age_seconds, **how)
    return response


def _has(cookies: MediaCookies) -> bool:
    return all(request.cookies.get(name) == value for name, value in cookies.values.items())
