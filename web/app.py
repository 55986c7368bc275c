"""The Flask application: its rooms, and what each request and answer passes through."""

import hashlib
from dataclasses import replace

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.parts import WebParts
from web.account import api as account_api
from web.account import (
    check,
    close,
    code,
    email,
    exporting,
    own,
    own_api,
    passkey_login,
    passkeys,
    second_step,
)
from web.account import pages as account_pages
from web.account.changes import told
from web.albums import api as albums_api
from web.albums import arrange as album_arrange
from web.albums import images_api as album_images_api
from web.albums import pages as album_pages
from web.albums import words as album_words
from web.asking import api as asking_api
from web.asking import pages as asking_pages
from web.asking import waiting as asks_waiting
from web.gallery import about
from web.gallery import api as gallery_api
from web.gallery import edit as gallery_edit
from web.gallery import pages as gallery_pages
from web.gallery import select as gallery_select
from web.http import csrf, docs, headers, host, media, problems, security_log, sessions, static_files
from web.http.guards import check_guarded
from web.http.limits import Brake, LimitedAccounts, LimitedOwnAccount, LimitedPasskeys, LimitedSessions
from web.http.noted import noted
from web.http.parts import KEY, MEMORY_KEY, Memory
from web.http.streaming import StreamingRequest
from web.mending import api as mending_api
from web.mending import pages as mending_pages
from web.moderation import api as moderation_api
from web.moderation import held as moderation_held
from web.moderation import held_api as moderation_held_api
from web.moderation import own as moderation_own
from web.moderation import pages as moderation_pages
from web.operators import (
    accounts_api,
    audit,
    consistency,
    consistency_api,
    dead_letters,
    dead_letters_api,
    failed,
    health,
    receiving,
    receiving_api,
    reingest,
    reingest_api,
    scrape,
    trends,
    trends_api,
)
from web.operators import api as operators_api
from web.operators import pages as operators_pages
from web.operators import uploads as operators_uploads
from web.operators import uploads_api as operators_uploads_api
from web.receipts import api as receipts_api
from web.receipts import pages as receipts_pages
from web.sharing import api as sharing_api
from web.sharing import oembed
from web.sharing import pages as sharing_pages
from web.sharing import public as sharing_public
from web.taking_back import api as taking_back_api
from web.taking_back import pages as taking_back_pages
from web.upload import api as upload_api
from web.upload import pages as upload_pages
from web.upload import pill
from web.views import context, filters, paused

SMALL_BODY_BYTES = 256 * 1024  # for every request but uploads, which set their own


class SignedSessions(SecureCookieSessionInterface):
    """Flask's own, signed with SHA-256 in place of SHA-1."""

    digest_method = staticmethod(hashlib.sha256)


class PortalFlask(Flask):
    """Flask with a request that streams files."""

    request_class = StreamingRequest
    session_interface = SignedSessions()


def wire(app: Flask, wired: WebParts) -> None:
    """Let an application work with these parts; it remembers nothing of others."""
    brake = Brake(wired.limits, wired.settings)
    wired = told(noted(wired))
    app.extensions[KEY] = replace(
        wired,
        media=media.MediaForCaller(wired.media),
        sessions=LimitedSessions(wired.sessions, brake),
        accounts=LimitedAccounts(wired.accounts, brake),
        own_account=LimitedOwnAccount(wired.own_account, brake),
        passkeys=LimitedPasskeys(wired.passkeys, brake),
    )
    app.extensions[MEMORY_KEY] = Memory()


def create_app(wired: WebParts) -> Flask:
    """An application over wired parts."""
    settings = wired.settings
    app = PortalFlask("web", static_folder=None)
    wire(app, wired)
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
    if settings.trusted_proxies:
        hops = settings.trusted_proxies  # each adds its caller to -For; -Proto is the outermost's alone
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=1)  # type: ignore[method-assign]  # Flask's way
    security_log.install(app)
    host.install(app, settings)
    for module in (
        about,
        account_pages,
        album_arrange,
        album_pages,
        album_words,
        asking_pages,
        check,
        close,
        code,
        email,
        exporting,
        gallery_edit,
        gallery_pages,
        gallery_select,
        health,
        moderation_held,
        moderation_own,
        moderation_pages,
        own,
        oembed,
        mending_pages,
        operators_pages,
        operators_uploads,
        failed,
        trends,
        consistency,
        dead_letters,
        audit,
        receiving,
        reingest,
        passkey_login,
        passkeys,
        receipts_pages,
        scrape,
        second_step,
        sharing_pages,
        sharing_public,
        taking_back_pages,
        upload_pages,
    ):
        app.register_blueprint(module.bp)
    rooms = (
        account_api,
        own_api,
        exporting,
        gallery_api,
        albums_api,
        album_images_api,
        upload_api,
        receipts_api,
        sharing_api,
        taking_back_api,
        mending_api,
        asking_api,
        moderation_api,
        moderation_held_api,
        operators_api,
        trends_api,
        consistency_api,
        dead_letters_api,
        audit,
        receiving_api,
        reingest_api,
        operators_uploads_api,
        accounts_api,
    )
    docs.install(app, [operation for room in rooms for operation in room.routes.operations])
    for layer in (
        problems,
        sessions,
        csrf,
        media,
        headers,
        static_files,
        filters,
        pill,
        paused,
        asks_waiting,
    ):
        layer.install(app)
    context.install(app, settings)
    check_guarded(app)
    return app
