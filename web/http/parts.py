"""What the running app works with, for route handlers: the wired parts, and what its process remembers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask import current_app

from shared.domain.manifest import Manifest
from shared.domain.receiving import Wish
from shared.parts import WebParts
from shared.refused import RefusedFile
from web.http.remembered import Latest, Remembered
from web.http.slots import Slots

KEY = "image-portal"
MEMORY_KEY = "image-portal-memory"


def parts() -> WebParts:
    """What the composition root wired for this app."""
    return cast(WebParts, current_app.extensions[KEY])


READY_SECONDS = 1
"""For how long it is told whether the portal is ready, before it is looked at anew."""


@dataclass(frozen=True)
class Waiting:
    """How many messages wait, and how many workers complete in a minute; None when that isn't known."""

    count: int | None
    per_minute: float | None = None


@dataclass(frozen=True)
class Pause:
    """What an operator wants while receiving is paused, else None."""

    wish: Wish | None


@dataclass(frozen=True)
class Memory:
    """One for each app, so for each process."""

    waiting: Remembered[str, Waiting] = field(default_factory=lambda: Remembered(1, 2))
    """One count of the queue serves every page for two seconds."""
    pause: Remembered[str, Pause] = field(default_factory=lambda: Remembered(1, 2))
    """One look at whether receiving is paused serves as long."""
    manifests: Remembered[UUID, Manifest] = field(default_factory=lambda: Remembered(4096, 3600))
    """Manifests never change, so one look at each is enough."""
    asks_waiting: Remembered[UUID, int] = field(default_factory=lambda: Remembered(4096, 30))
    """How many questions wait for an owner: each page's menu says so."""
    refused: Remembered[UUID, RefusedFile] = field(default_factory=lambda: Remembered(4096, 3600))
    """Nor do notes of refused files."""
    ended_sessions: Remembered[str, bool] = field(default_factory=lambda: Remembered(4096, 3600))
    """Digests of refresh tokens that the provider has refused for good, and ids of sessions that were ended."""
    session_ends: Remembered[UUID, datetime] = field(default_factory=lambda: Remembered(4096, 3600))
    """When owners ended their sessions, for while the database doesn't answer."""
    second_steps: Remembered[str, bool] = field(default_factory=lambda: Remembered(4096, 60))
    """Digests of access tokens whose account has an authenticator app: asked of the provider once a minute."""
    second_steps_seen: Remembered[str, bool] = field(default_factory=lambda: Remembered(4096, 1800))
    """The same for as long as such a token lasts, for while the provider doesn't answer."""
    ready: Latest[dict[str, dict[str, Any]]] = field(default_factory=lambda: Latest(READY_SECONDS))
    """One look at all parts serves everybody for a second: anybody may ask whether the portal is ready."""
    exports: Slots = field(default_factory=lambda: Slots(2))
    """Who is sent an archive: each holds a thread for as long as that takes, and the others are for everybody."""


def memory() -> Memory:
    """What this app remembers."""
    return cast(Memory, current_app.extensions[MEMORY_KEY])
