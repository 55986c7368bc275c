"""What every template may use."""

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, request

from shared.config import WebSettings
from shared.domain.accounts import PASSWORD_RULES
from shared.domain.albums import MAX_DESCRIPTION_CHARACTERS, MAX_TITLE_CHARACTERS
from shared.domain.licences import BY_CODE, LICENCES
from shared.domain.limits import (
    MAX_ALT_CHARACTERS,
    MAX_CAPTION_CHARACTERS,
    MAX_FILES_PER_FORM,
    MAX_FULL_SIZE_FILES_PER_FORM,
)
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from shared.ports.sessions import Viewer
from web.http.csrf import form_token
from web.http.headers import csp_nonce
from web.http.problems import Problem
from web.http.sessions import viewer_at_hand

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limits:
    """What pages say about limits."""

    max_upload_bytes: int
    max_image_pixels: int
    max_caption_characters: int = MAX_CAPTION_CHARACTERS
    max_alt_characters: int = MAX_ALT_CHARACTERS
    max_title_characters: int = MAX_TITLE_CHARACTERS
    max_description_characters: int = MAX_DESCRIPTION_CHARACTERS
    max_files_per_form: int = MAX_FILES_PER_FORM
    max_full_size_files: int = MAX_FULL_SIZE_FILES_PER_FORM


def install(app: Flask, settings: WebSettings) -> None:
    """Hand it to every template."""
    limits = Limits(settings.max_upload_bytes, settings.max_image_pixels)
    app.context_processor(lambda: _context(limits) | {"public_url": settings.public_url})


def _context(limits: Limits) -> dict[str, Any]:
    return {
        "viewer": _viewer(),
        "csrf_token": form_token,
        "csp_nonce": csp_nonce(),
        "q": request.args.get("q", "")[:200],
        "licences": LICENCES,
        "licence_by_code": BY_CODE,
        "password_rules": PASSWORD_RULES,
        "limits": limits,
    }


def _viewer() -> Viewer | None:
    """For the page's frame, which must not fail for it."""
    try:
        return viewer_at_hand()
    except IdentityUnavailable as error:
        log.warning("a page is shown without its viewer", error=str(error))
    except (IdentityRefused, Problem):
        log.info("a page is shown without its viewer: the header can't be used")
    return None
