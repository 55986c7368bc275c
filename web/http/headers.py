"""What every answer tells browsers about itself: a strict content policy, no sniffing, no framing, no storing."""

import secrets

from flask import Flask, Response, g

from web.http.parts import parts

OF_DATA = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""For what is no page: shown as one, it loads nothing and is framed by nobody. A worker's script goes by it, too."""


def install(app: Flask) -> None:
    """Give each request a nonce, and each answer its headers."""
    app.before_request(_begin)
    app.after_request(_add)


def csp_nonce() -> str:
    """What an inline style of this answer carries, so that the policy lets it pass."""
    nonce: str = g.get("csp_nonce", "")
    return nonce


def let_others_frame() -> None:
    """This answer may be shown within pages of other sites: it changes nothing, and knows nobody."""
    g.framed_by = "*"


def _begin() -> None:
    g.csp_nonce = secrets.token_urlsafe(16)


def _add(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = OF_DATA
    if response.mimetype == "text/html":
        framed_by = g.get("framed_by", "'none'")
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{csp_nonce()}'; "
            f"img-src 'self' data: blob: {parts().media.origin}; connect-src 'self'; font-src 'self'; "
            "form-action 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
            f"frame-ancestors {framed_by}"
        )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if parts().settings.cookie_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
