"""One name for the portal: addresses in answers are made of the request's host, which anybody writes as they like."""

from urllib.parse import urlsplit

import structlog
from flask import Flask, request

from shared.config import WebSettings
from web.http.parts import parts
from web.http.problems import Problem

log = structlog.get_logger(__name__)
UNDER_EVERY_NAME = {"health.check_status", "health.readyz", "metrics.metrics", "static"}
"""Asked by machines, by an instance's own address, or what the page needs that says where the portal is. Nothing in
their answers names it."""


def install(app: Flask, settings: WebSettings) -> None:
    """Refuse what is for another host than PUBLIC_URL's, where that is set."""
    if settings.public_url:
        app.before_request(_check)
    elif settings.cookie_secure:
        log.warning("PUBLIC_URL is not set: links and receipts name the host that a request asks for")


def _check() -> None:
    public = parts().settings.public_url or ""
    if request.endpoint not in UNDER_EVERY_NAME and request.host.lower() != urlsplit(public).netloc:
        raise Problem(421, "wrong_host", f"This portal is at {public}.")
