"""Where is my file? The state of uploads, derived from the record where an attempt has begun, else from staging."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from uuid import UUID

import structlog

from shared.domain.forecast import capacity, seconds_to_clear
from shared.domain.ids import made_at
from shared.domain.images import Image
from shared.domain.manifest import Manifest
from shared.domain.receiving import received_for
from shared.domain.uploads import GONE, PROBLEMS, UNFINISHED, State, Upload
from shared.operating.forecasting import depth_of
from shared.parts import WebParts
from shared.ports.sessions import Viewer
from shared.ports.unavailable import Unavailable
from shared.refused import RefusedFiles
from shared.staging import Staging
from web.http.parts import Memory, Waiting
from web.views.upload import Place

log = structlog.get_logger(__name__)
FILTERS = {
    "all": tuple(State),
    "progress": UNFINISHED,
    "problems": PROBLEMS,
    "published": (State.PUBLISHED,),
    "gone": GONE,
    "dismissed": (State.REJECTED,),
}
DISMISSED = "dismissed"
SHOW_REFUSED = ("all", "problems", State.REJECTED)
STATES = {str(state): (state,) for state in State} | FILTERS


@dataclass(frozen=True)
class UploadPage:
    """Uploads newest first; `next_cursor` is the id to go on from."""

    items: list[Upload]
    next_cursor: str | None


class Follower:
    """Answers one request of one viewer's."""

    def __init__(self, parts: WebParts, memory: Memory, viewer: Viewer) -> None:
        self._parts = parts
        self._staging = Staging(parts.store)
        self._refused = RefusedFiles(parts.store, viewer.owner)
        self._memory = memory
        self._viewer = viewer

    def find(self, upload_id: UUID) -> Upload | None:
        """The upload, or None when it does not exist or is somebody else's (operators see all)."""
        upload = self._parts.uploads.find(upload_id)
        if upload is None:
            owner = self._staging.owner_of(upload_id) if self._viewer.is_operator else self._viewer.owner
            manifest = self._manifest(owner, upload_id) if owner else None
            # Between the two looks a worker may have finished it and cleared staging: look once more.
            upload = Upload.queued(manifest) if manifest else self._parts.uploads.find(upload_id)
        allowed = upload and (upload.owner == self._viewer.owner or self._viewer.is_operator)
        return upload if allowed else None

    def find_many(self, upload_ids: Sequence[UUID]) -> list[Upload]:
        """The viewer's own uploads among these ids."""
        known = self._parts.uploads.find_many(upload_ids)
        missing = [i for i in upload_ids if i not in known]
        staged = [m for i in missing if (m := self._manifest(self._viewer.owner, i))]
        late = self._parts.uploads.find_many([i for i in missing if i not in {m.upload_id for m in staged}])
        uploads = [*known.values(), *late.values(), *(Upload.queued(m) for m in staged)]
        return [u for u in uploads if u.owner == self._viewer.owner]

    def page(self, name: str, before: UUID | None, limit: int, *, with_refused: bool = False) -> UploadPage:
        """Own uploads that this one of STATES shows, newest first; for people, files that were refused at once among
        them.

        Staging is looked at before the records: an upload goes from the one to the other, and must not slip through.
        """
        states = STATES[name]
        staged = self._staged_ids(before) if State.QUEUED in states else []
        uploads = self._parts.uploads.of_owner(
            self._viewer.owner, states, before, limit + 1, dismissed=name == DISMISSED
        )
        if staged:
            known = {u.id for u in uploads}
            missing = [i for i in staged if i not in known][: 10 * limit]
            late = self._of_staged(missing, limit + 1)
            uploads += [u for u in late if u.status in states and u.dismissed_at is None]
        if with_refused and name in SHOW_REFUSED:
            uploads += self._of_refused(
                [i for i in self._refused_ids if before is None or i < before][: limit + 1]
            )
        uploads.sort(key=lambda u: u.id, reverse=True)
        more = len(uploads) > limit
        return UploadPage(uploads[:limit], str(uploads[limit - 1].id) if more else None)

    def pending(self) -> tuple[int, int]:
        """How many own uploads are unfinished, of how many since the oldest of them. Asks for one listing, and
        for no more when nothing is staged."""
        staged = self._staged_ids(None)
        if not staged:
            return 0, 0
        begun = self._parts.uploads.find_many(staged)
        unfinished = {i for i in staged if i not in begun or not begun[i].status.resting}
        if not unfinished:
            return 0, 0
        newest = self._parts.uploads.of_owner(self._viewer.owner, FILTERS["all"], None, 500)
        return len(unfinished), len(unfinished | {u.id for u in newest if u.id >= min(unfinished)})

    def counts(self) -> dict[str, int]:
        """How many own uploads each of FILTERS shows."""
        staged = self._staged_ids(None)
        waiting = len(staged) - len(self._parts.uploads.find_many(staged))
        by_state = self._parts.uploads.counts_of(self._viewer.owner)
        by_state[State.QUEUED] = by_state.get(State.QUEUED, 0) + waiting
        by_state[State.REJECTED] = by_state.get(State.REJECTED, 0) + len(self._refused_ids)
        shown = {name: sum(by_state.get(state, 0) for state in states) for name, states in FILTERS.items()}
        dismissed = self._parts.uploads.counts_of(self._viewer.owner, dismissed=True)
        return shown | {DISMISSED: dismissed.get(State.REJECTED, 0)}

    def images_of(self, uploads: Sequence[Upload]) -> dict[UUID, Image]:
        """The records behind those that are published, also when a moderator hides them, and of what these look
        like."""
        published = self._parts.images.with_hidden([u.id for u in uploads if u.status is State.PUBLISHED])
        alike = {i for image in published.values() for i in image.looks_like} - published.keys()
        return published | (self._parts.images.find_many(sorted(alike)) if alike else {})

    def places(self, uploads: Sequence[Upload]) -> dict[UUID, Place]:
        """Where those that wait are in the queue: at most so many are ahead. What an owner sent later is behind, and
        so is, on a fair queue, much of what others sent. None of them when the queue can't be asked."""
        queued = sorted((u.id for u in uploads if u.status is State.QUEUED), reverse=True)
        waiting = self._memory.waiting.get("visible", self._waiting) if queued else None
        if waiting is None or waiting.count is None:
            return {}
        ahead = {upload_id: max(0, waiting.count - 1 - behind) for behind, upload_id in enumerate(queued)}
        return {i: Place(n, seconds_to_clear(n, waiting.per_minute)) for i, n in ahead.items()}

    def _waiting(self) -> Waiting:
        depth = depth_of(self._parts.queue)
        try:
            received = received_for(self._parts.receiving.wishes())
            per_minute = capacity(self._parts.samples.recent()) if received else None
        except Unavailable as error:
            log.warning("how fast workers are isn't known", error=str(error))
            per_minute = None
        return Waiting(depth.visible if depth else None, per_minute)

    def _staged_ids(self, before: UUID | None) -> list[UUID]:
        """The viewer's accepted uploads that staging holds, newest first."""
        return [i for i in self._accepted if before is None or i < before]

    @cached_property
    def _accepted(self) -> list[UUID]:
        """One listing serves a request."""
        return list(self._staging.accepted_by(self._viewer.owner))

    def _of_staged(self, upload_ids: Sequence[UUID], limit: int) -> list[Upload]:
        """Staged uploads: from their record where one exists by now, else waiting; at most `limit` of those."""
        begun = self._parts.uploads.find_many(upload_ids)
        manifests = {
            i: self._manifest(self._viewer.owner, i)
            for i in [i for i in upload_ids if i not in begun][:limit]
        }
        cleared = self._parts.uploads.find_many([i for i, manifest in manifests.items() if manifest is None])
        return [*begun.values(), *cleared.values(), *(Upload.queued(m) for m in manifests.values() if m)]

    @cached_property
    def _refused_ids(self) -> list[UUID]:
        """Files that were refused at once, newest first; one listing serves a request."""
        return self._refused.ids()

    def _of_refused(self, ids: Sequence[UUID]) -> list[Upload]:
        """As a rejected upload looks, without bytes or record."""
        me = self._viewer
        notes = [self._memory.refused.get(i, partial(self._refused.find, i)) for i in ids]
        return [
            Upload(
                n.id,
                me.owner,
                me.username,
                n.filename,
                0,
                made_at(n.id),
                State.REJECTED,
                0,
                n.code,
                n.message,
            )
            for n in notes
            if n
        ]

    def _manifest(self, owner: UUID, upload_id: UUID) -> Manifest | None:
        manifest = self._memory.manifests.get(upload_id, lambda: self._staging.manifest(owner, upload_id))
        return manifest if manifest is not None and manifest.owner == owner else None
