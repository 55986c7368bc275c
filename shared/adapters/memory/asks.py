"""Questions to owners, in memory."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase, Tables
from shared.domain.asks import MOST_ASKS_A_DAY, Ask
from shared.domain.ids import new_upload_id
from shared.ports.asks import Asked, Unasked


class MemoryAsks:
    """Implements shared.ports.asks.Asks."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def ask(self, asker: UUID, username: str, image_id: UUID, text: str) -> Asked | Unasked:
        """Write a question down."""
        now = self._db.now()
        with self._db.transaction() as tables:
            image = image_rows.shown(tables).get(image_id)
            if image is None:
                return Unasked.NO_IMAGE
            if image.owner == asker:
                return Unasked.OWN
            last = _latest(tables, asker, image_id)
            if last is not None and last.granted is None:
                return Asked(last, new=False)
            today = [a for a in tables.asks.values() if a.asker == asker and a.at > now - timedelta(days=1)]
            if len(today) >= MOST_ASKS_A_DAY:
                return Unasked.TOO_MANY
            names = (asker, username, image.owner, image.username)
            ask = Ask(new_upload_id(), image_id, *names, text, now)
            tables.asks[ask.id] = ask
            return Asked(ask, new=True)

    def answer(self, ask_id: UUID, owner: UUID, text: str, *, granted: bool) -> Ask | None:
        """Answer it, unless that was done."""
        with self._db.transaction() as tables:
            ask = tables.asks.get(ask_id)
            if ask is None or ask.owner != owner:
                return None
            if ask.granted is None:
                ask = replace(ask, granted=granted, answer=text, answered_at=self._db.now())
                tables.asks[ask_id] = ask
            return ask

    def latest(self, asker: UUID, image_id: UUID) -> Ask | None:
        """A person's last question about an image."""
        return _latest(self._db.read(), asker, image_id)

    def of_owner(self, owner: UUID, before: UUID | None, limit: int) -> list[Ask]:
        """What an owner was asked, newest first."""
        return _page([a for a in self._db.read().asks.values() if a.owner == owner], before, limit)

    def of_asker(self, asker: UUID, before: UUID | None, limit: int) -> list[Ask]:
        """What a person asked, newest first."""
        return _page([a for a in self._db.read().asks.values() if a.asker == asker], before, limit)

    def waiting(self, owner: UUID) -> int:
        """How many questions an owner has not answered."""
        return sum(a.owner == owner and a.granted is None for a in self._db.read().asks.values())


def _latest(tables: Tables, asker: UUID, image_id: UUID) -> Ask | None:
    own = [a for a in tables.asks.values() if (a.asker, a.image_id) == (asker, image_id)]
    return max(own, key=lambda a: a.id, default=None)


def _page(asks: list[Ask], before: UUID | None, limit: int) -> list[Ask]:
    older = [a for a in asks if before is None or a.id < before]
    return sorted(older, key=lambda a: a.id, reverse=True)[:limit]
