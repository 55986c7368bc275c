"""Accounts that are being deleted. The row that `begin` writes is the commit point; it stays for good."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.domain.manifest import Manifest


@dataclass(frozen=True)
class ClosingAccount:
    """An account whose deletion has begun and is not done."""

    owner: UUID
    username: str


class Closing(Protocol):
    """Each method is one transaction, and may be repeated. Every one raises CatalogueUnavailable when the database
    can't be used.

    From `begin` on every session of the owner is over, whenever it began, and nothing of theirs is published any more:
    an attempt that begins or publishes ends as taken back. `begun` stays true once it is `done`. `under_way`
    begins with the oldest.

    `take_back` takes back, without an undo, at most `limit` of the owner's uploads, rejected ones as well, so that
    their records are erased; it answers how many there were to change, 0 when that is all. `take_back_staged` does so
    for one of which there may be no record yet. `forget` removes albums, links and questions: what was granted to
    others stays theirs to show.
    """

    def begin(self, owner: UUID, username: str) -> None: ...
    def begun(self, owner: UUID) -> bool: ...
    def under_way(self, limit: int) -> list[ClosingAccount]: ...
    def take_back(self, owner: UUID, limit: int) -> int: ...
    def take_back_staged(self, manifest: Manifest) -> None: ...
    def forget(self, owner: UUID) -> None: ...
    def done(self, owner: UUID) -> None: ...
