"""Questions to owners, in MySQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters.mysql import Database, utc
from shared.adapters.mysql_image_rows import SHOWN
from shared.domain.asks import MOST_ASKS_A_DAY, Ask
from shared.domain.ids import new_upload_id
from shared.ports.asks import Asked, Unasked

# The image's row, locked: of one person's two clicks the second finds the first one's question.
_IMAGE = text(f"SELECT owner, username FROM images WHERE id = :image_id AND {SHOWN} FOR UPDATE")  # noqa: S608 -- constant
_LATEST = text("SELECT * FROM asks WHERE image_id = :image_id AND asker = :asker ORDER BY id DESC LIMIT 1")
_TODAY = text("SELECT COUNT(*) FROM asks WHERE asker = :asker AND at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY")
_ADD = text("""
    INSERT INTO asks (id, image_id, asker, asker_name, owner, owner_name, text, at)
    VALUES (:id, :image_id, :asker, :asker_name, :owner, :owner_name, :text, UTC_TIMESTAMP(6))""")
_FIND = text("SELECT * FROM asks WHERE id = :id")
_LOCKED = text("SELECT * FROM asks WHERE id = :id AND owner = :owner FOR UPDATE")
_ANSWER = text("""
    UPDATE asks SET granted = :granted, answer = :answer, answered_at = UTC_TIMESTAMP(6) WHERE id = :id""")
_OF_OWNER = text("SELECT * FROM asks WHERE owner = :who AND id < :before ORDER BY id DESC LIMIT :limit")
_OF_ASKER = text("SELECT * FROM asks WHERE asker = :who AND id < :before ORDER BY id DESC LIMIT :limit")
_FORGET = text(
    "DELETE FROM asks WHERE asker = :person OR (owner = :person AND COALESCE(granted, FALSE) = FALSE)"
)
_WAITING = text("SELECT COUNT(*) FROM asks WHERE owner = :owner AND answered_at IS NULL")
_AFTER_ALL = b"\xff" * 16


class MySqlAsks:
    """Implements shared.ports.asks.Asks."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ask(self, asker: UUID, username: str, image_id: UUID, text: str) -> Asked | Unasked:
        """Write a question down. The limit of a day is looked at, not locked: it is there against floods."""

        def work(c: Connection) -> Asked | Unasked:
            of = {"image_id": image_id.bytes, "asker": asker.bytes}
            image = c.execute(_IMAGE, {"image_id": image_id.bytes}).one_or_none()
            if image is None:
                return Unasked.NO_IMAGE
            if image.owner == asker.bytes:
                return Unasked.OWN
            last = c.execute(_LATEST, of).one_or_none()
            if last is not None and last.answered_at is None:
                return Asked(_ask(last), new=False)
            if c.execute(_TODAY, {"asker": asker.bytes}).scalar_one() >= MOST_ASKS_A_DAY:
                return Unasked.TOO_MANY
            ask_id = new_upload_id()
            names = {"asker_name": username, "owner": image.owner, "owner_name": image.username}
            c.execute(_ADD, of | names | {"id": ask_id.bytes, "text": text})
            return Asked(_ask(c.execute(_FIND, {"id": ask_id.bytes}).one()), new=True)

        return self._db.transact(work)

    def answer(self, ask_id: UUID, owner: UUID, text: str, *, granted: bool) -> Ask | None:
        """Answer it, unless that was done."""

        def work(c: Connection) -> Ask | None:
            row = c.execute(_LOCKED, {"id": ask_id.bytes, "owner": owner.bytes}).one_or_none()
            if row is None or row.answered_at is not None:
                return _ask(row) if row else None
            c.execute(_ANSWER, {"id": ask_id.bytes, "answer": text, "granted": granted})
            return _ask(c.execute(_FIND, {"id": ask_id.bytes}).one())

        return self._db.transact(work)

    def latest(self, asker: UUID, image_id: UUID) -> Ask | None:
        """A person's last question about an image."""
        with self._db.connect() as c:
            row = c.execute(_LATEST, {"image_id": image_id.bytes, "asker": asker.bytes}).one_or_none()
            return _ask(row) if row else None

    def of_owner(self, owner: UUID, before: UUID | None, limit: int) -> list[Ask]:
        """What an owner was asked, newest first."""
        with self._db.connect() as c:
            return [_ask(row) for row in c.execute(_OF_OWNER, _page(owner, before, limit))]

    def of_asker(self, asker: UUID, before: UUID | None, limit: int) -> list[Ask]:
        """What a person asked, newest first."""
        with self._db.connect() as c:
            return [_ask(row) for row in c.execute(_OF_ASKER, _page(asker, before, limit))]

    def waiting(self, owner: UUID) -> int:
        """How many questions an owner has not answered."""
        with self._db.connect() as c:
            return int(c.execute(_WAITING, {"owner": owner.bytes}).scalar_one())


def forget_all(c: Connection, person: UUID) -> None:
    """What a person asked goes, and what they were asked but for what they granted: others rely on that. Within the
    caller's transaction."""
    c.execute(_FORGET, {"person": person.bytes})


def _page(who: UUID, before: UUID | None, limit: int) -> dict[str, Any]:
    return {"who": who.bytes, "before": before.bytes if before else _AFTER_ALL, "limit": limit}


def _ask(row: Row[Any]) -> Ask:
    return Ask(
        id=UUID(bytes=row.id),
        image_id=UUID(bytes=row.image_id),
        asker=UUID(bytes=row.asker),
        asker_name=row.asker_name,
        owner=UUID(bytes=row.owner),
        owner_name=row.owner_name,
        text=row.text,
        at=utc(row.at),
        granted=None if row.granted is None else bool(row.granted),
        answer=row.answer or "",
        answered_at=utc(row.answered_at) if row.answered_at else None,
    )
