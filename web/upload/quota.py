"""How much room an owner has: told on the page and by the API, and said early to who sends more than fits.

The worker decides, as accepting an upload must not need the database. Here it is only said sooner, where that can be
known.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog

from shared.domain.quota import Quota, Usage
from shared.domain.refusals import Refusal
from shared.ports.unavailable import CatalogueUnavailable
from shared.ports.usages import Usages
from web.http.problems import refuse

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Room:
    """What one owner uses, of what they may."""

    used: Usage
    quota: Quota


class Rooms:
    """Counts for who has a quota; where nobody has, nothing is asked."""

    def __init__(self, usages: Usages, quota: Quota) -> None:
        self._usages = usages
        self._quota = quota

    def known(self, owner: UUID) -> Room | None:
        """None where there is no quota, and while the database can't be asked: nobody must wait for this."""
        if self._quota.unlimited:
            return None
        try:
            return Room(self._usages.of_owner(owner), self._quota)
        except CatalogueUnavailable as error:
            log.warning("what an owner uses can't be counted", error=str(error))
            return None

    def check(self, owner: UUID, size_bytes: int) -> None:
        """Raises a Problem when it is known that a file of this size does not fit."""
        room = self.known(owner)
        if room and (fault := self._quota.fault(room.used, size_bytes)):
            raise refuse(Refusal.OVER_QUOTA, fault)
