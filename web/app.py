"""The Flask application: blueprints, what every page needs, and the headers of every answer."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, g, request
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.domain.accounts import PASSWORD_RULES
from shared.domain.licences import BY_CODE, LICENCES
from shared.domain.limits import MAX_CAPTION_CHARACTERS, MAX_FILES_PER_FORM
from shared.parts import WebParts
from shared.ports.identity import IdentityUnavailable
from shared.ports.unavailable import Unavailable
from web.account import api as account_api
from web.account import pages as account_pages
from web.gallery import api as gallery_api
from web.gallery import pages as gallery_pages
from web.http import csrf, media, openapi, problems, sessions
from web.http.parts import KEY, MEMORY_KEY, Memory, memory, parts
from web.http.streaming import StreamingRequest
from web.operators import api as operators_api
from web.operators import health, scrape
from web.operators import pages as operators_pages
from web.upload import api as upload_api
from web.upload import pages as upload_pages
from web.upload.follow import Follower

log = structlog.get_logger(__name__)
SMALL_BODY_BYTES = 256 * 1024  # for every request but uploads, which set their own


class PortalFlask(Flask):
    """Flask with a request that streams files."""

    request_class = StreamingRequest


@dataclass(frozen=True)
class Limits:
    """What the upload page says about limits."""

    max_upload_bytes: int
    max_image_pixels: int
    max_caption_characters: int = MAX_CAPTION_CHARACTERS
    max_files_per_form: int = MAX_FILES_PER_FORM


@dataclass(frozen=True)
class Pending:
    """How many of the viewer's uploads are not finished, of all since the oldest of them."""

    unfinished: int
    total: int


def create_app(wired: WebParts) -> Flask:
    """An application over wired parts."""
    settings = wired.settings
    app = PortalFlask("web")
    app.extensions[KEY] = replace(wired, media=media.MediaForCaller(wired.media))
    app.extensions[MEMORY_KEY] = Memory()
    app.config.update(
        SECRET_KEY=settings.session_secret.get_secret_value(),
        MAX_CONTENT_LENGTH=SMALL_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=SMALL_BODY_BYTES,
        SESSION_COOKIE_NAME="__Host-session" if settings.cookie_secure else "session",
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(filesize=filesize, when=when, number=number)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies  # each adds its caller to -For; -Proto is the outermost's alone
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=1)  # type: ignore[method-assign]  # Flask's way
    for module in (account_pages, gallery_pages, health, operators_pages, scrape, upload_pages):
        app.register_blueprint(module.bp)
    app.register_blueprint(_api())
    problems.install(app)
    sessions.install(app)
    media.install(app)
    app.url_defaults(StaticVersions(app).add)
    app.before_request(_begin)
    csrf.install(app)
    app.after_request(_headers)
    app.context_processor(lambda: _context(settings.max_upload_bytes, settings.max_image_pixels))
    return app


def _api() -> Blueprint:
    bp = Blueprint("api", __name__, url_prefix="/api/v1")
    for room in (account_api, gallery_api, upload_api, operators_api, openapi):
        room.add_to(bp)
    return bp


class StaticVersions:
    """Addresses of static files that change with their bytes, so that browsers may keep them for good."""

    def __init__(self, app: Flask) -> None:
        self._folder = Path(app.static_folder or "")
        self._known: dict[str, str] = {}

    def add(self, endpoint: str, values: dict[str, Any]) -> None:
        """Flask's hook for addresses it makes: adds `v`, the start of the file's SHA-256."""
        name = values.get("filename")
        if endpoint != "static" or not name or name.startswith("vendor/"):
            return  # vendored folders carry their version in their name
        if name not in self._known:
            self._known[name] = hashlib.sha256((self._folder / name).read_bytes()).hexdigest()[:12]
        values["v"] = self._known[name]


def _begin() -> None:
    structlog.contextvars.clear_contextvars()
    g.csp_nonce = secrets.token_urlsafe(12)


def _headers(response: Response) -> Response:
    media_origin = parts().media.origin
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{g.get('csp_nonce', '')}'; "
            f"img-src 'self' data: blob: {media_origin}; connect-src 'self'; font-src 'self'; form-action 'self'; "
            "manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if parts().settings.cookie_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static":
        lasting = "v" in request.args or request.path.startswith("/static/vendor/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _context(max_upload_bytes: int, max_image_pixels: int) -> dict[str, Any]:
    """What every template may use."""
    me = None
    try:
        me = sessions.viewer_at_hand()
    except IdentityUnavailable as error:
        log.warning("a page is shown without its viewer", error=str(error))
    except problems.Problem:
        log.info("a page is shown without its viewer: the header can't be used")
    return {
        "viewer": me,
        "csrf_token": csrf.form_token() if request.endpoint not in health.ENDPOINTS else "",
        "csp_nonce": g.get("csp_nonce", ""),
        "pending": _pending() if me and request.endpoint in PILL_PAGES else None,
        "q": request.args.get("q", "")[:200],
        "licences": LICENCES,
        "licence_by_code": BY_CODE,
        "password_rules": PASSWORD_RULES,
        "limits": Limits(max_upload_bytes, max_image_pixels),
    }


PILL_PAGES = {"gallery.feed", "gallery.image", "gallery.profile", "gallery.search", "gallery.licences"}


def _pending() -> Pending | None:
    """For the pill in the corner; a page must not fail for it."""
    me = sessions.viewer_at_hand()
    if me is None:
        return None
    try:
        pending = Pending(*Follower(parts(), memory(), me).pending())
    except Unavailable as error:
        log.warning("unfinished uploads can't be counted", error=str(error))
        return None
    return pending if pending.unfinished else None


def filesize(size_bytes: int) -> str:
    """4400000 → «4.2 MB» (binary megabytes, as the limits are)."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1024 or unit == "MB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"


def when(moment: datetime) -> Markup:
    """A `<time>` with friendly text."""
    friendly = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(timespec="seconds"), friendly)


def number(value: float) -> str:
    """1204 → «1,204»."""
    return f"{value:,.0f}"
