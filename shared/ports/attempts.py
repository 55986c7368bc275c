"""What an attempt records of the upload that it works on."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from shared.domain.images import Image
from shared.domain.manifest import Manifest
from shared.domain.quota import UNLIMITED, Quota
from shared.domain.uploads import Attempt, Event, State


class Attempts(Protocol):
    """Each method is one transaction. Every one raises CatalogueUnavailable when the database can't be used.

    A closed upload (finished, or held) is changed by none of them; a failed one by an attempt that begins or publishes
    after all. `begin`, `publish` and `reject` answer the state that holds now. `publish` rejects what is more than the
    owner's quota, whoever else publishes for the same owner at that moment; it holds what is or looks like a barred
    image, unless a moderator has let it through. With an `album`, the id or the title of one of the owner's, the image
    is in it from then on; one of that title is made if there is none. An album that is gone or full keeps no image from
    being published: the timeline says so.

    `spare` is asked before the last attempt that SQS permits: when fewer attempts failed than were received, as others
    were cut off, the upload begins anew, for another message that the caller sends; so often at most as MOST_SPARED
    says. What failed counts on.
    """

    def spare(self, manifest: Manifest, attempt: Attempt) -> bool: ...
    def begin(self, manifest: Manifest, attempt: Attempt) -> State: ...
    def note(self, upload_id: UUID, events: Sequence[Event]) -> None: ...
    def publish(
        self,
        image: Image,
        terms: Iterable[tuple[str, str]],
        attempt: Attempt,
        events: Sequence[Event],
        quota: Quota = UNLIMITED,
        album: str | None = None,
    ) -> State: ...
    def reject(
        self, upload_id: UUID, attempt: Attempt, code: str, message: str, events: Sequence[Event]
    ) -> State: ...
    def fail(self, upload_id: UUID, attempt: Attempt, message: str) -> None: ...
