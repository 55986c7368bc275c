"""What is known of uploads whose attempts have begun: what their owners and operators read."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from shared.domain.uploads import Event, State, Upload


class Uploads(Protocol):
    """The records of uploads. Every method raises CatalogueUnavailable when the database can't be used.

    `of_owner` and `recent` go from the newest to older ones. `of_owner` and `counts_of` tell either of
    what was dismissed or of all the rest.
    """

    def find(self, upload_id: UUID) -> Upload | None: ...
    def find_many(self, upload_ids: Sequence[UUID]) -> dict[UUID, Upload]: ...
    def events(self, upload_id: UUID) -> list[Event]: ...
    def of_owner(
        self,
        owner: UUID,
        states: Sequence[State],
        before: UUID | None,
        limit: int,
        *,
        dismissed: bool = False,
    ) -> list[Upload]: ...
    def counts_of(self, owner: UUID, *, dismissed: bool = False) -> dict[State, int]: ...
    def recent(self, limit: int) -> list[Upload]: ...
