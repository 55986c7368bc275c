"""Links for people without an account, in MySQL: one row each. The database's clock alone tells what has expired."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from shared.adapters.mysql import Database, utc
from shared.domain.shares import Kept, Kind, NewShare, NewTerms, Share, locked_for, tries_counting

_ROW = """
    SELECT id, token, kind, target, owner, username, created_at, expires_at, revoked_at, password_hash, views, tries,
           expires_at <= UTC_TIMESTAMP(6) AS expired,
           TIMESTAMPDIFF(MICROSECOND, tried_at, UTC_TIMESTAMP(6)) AS tried_ago
    FROM shares"""
_ADD = text("""
    INSERT INTO shares (id, token, kind, target, owner, username, created_at, expires_at, password_hash)
    VALUES (:id, :token, :kind, :target, :owner, :username, UTC_TIMESTAMP(6),
            UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND, :password_hash)
    ON DUPLICATE KEY UPDATE id = shares.id""")
_FIND = text(f"{_ROW} WHERE id = :id")
_LOCK = text(f"{_ROW} WHERE id = :id FOR UPDATE")
_BY_TOKEN = text(f"{_ROW} WHERE token = :token")
_OF_OWNER = text(f"{_ROW} WHERE owner = :owner AND id < :before ORDER BY id DESC LIMIT :limit")
_OF_TARGET = text(f"{_ROW} WHERE target = :target AND owner = :owner AND kind = :kind ORDER BY id DESC")
_EXPIRY = text("UPDATE shares SET expires_at = UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND WHERE id = :id")
_PASSWORD = text("UPDATE shares SET password_hash = :password_hash, tries = 0 WHERE id = :id")
_REVOKE = text("UPDATE shares SET revoked_at = COALESCE(revoked_at, UTC_TIMESTAMP(6)) WHERE id = :id")
_VIEW = text("UPDATE shares SET views = views + 1 WHERE id = :id")
_TRY = text("UPDATE shares SET tries = :tries, tried_at = UTC_TIMESTAMP(6) WHERE id = :id")
_END_TRIES = text("UPDATE shares SET tries = 0 WHERE id = :id AND tries > 0")
_AFTER_ALL = b"\xff" * 16


class MySqlShares:
    """Implements shared.ports.shares.Shares."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, wanted: NewShare) -> Share | None:
        """Write a link down, once; None when its id is somebody else's."""
        values = {
            "id": wanted.id.bytes,
            "token": wanted.token,
            "kind": wanted.kind.value,
            "target": wanted.target.bytes,
            "owner": wanted.owner.bytes,
            "username": wanted.username,
            "seconds": _seconds(wanted.lifetime),
            "password_hash": wanted.password_hash,
        }
        with self._db.connect() as c:
            c.execute(_ADD, values)
            return _owned(c, _FIND, wanted.id, wanted.owner)

    def find(self, share_id: UUID) -> Share | None:
        """One link, or None."""
        return self._one(_FIND, id=share_id.bytes)

    def by_token(self, token: str) -> Share | None:
        """The link with this token, or None. One look-up by a unique key."""
        return self._one(_BY_TOKEN, token=token)

    def of_owner(self, owner: UUID, before: UUID | None, limit: int) -> list[Share]:
        """Newest first."""
        return self._all(
            _OF_OWNER, owner=owner.bytes, before=before.bytes if before else _AFTER_ALL, limit=limit
        )

    def of_target(self, owner: UUID, kind: Kind, target: UUID) -> list[Share]:
        """The owner's links to one thing, newest first."""
        return self._all(_OF_TARGET, owner=owner.bytes, kind=kind.value, target=target.bytes)

    def change(self, share_id: UUID, owner: UUID, terms: NewTerms) -> Share | None:
        """Give a link that was not revoked new terms, in one transaction."""
        with self._db.connect() as c:
            found = _owned(c, _LOCK, share_id, owner)
            if found is None or found.revoked_at:
                return found
            if terms.lifetime is not Kept.KEPT:
                c.execute(_EXPIRY, {"id": share_id.bytes, "seconds": _seconds(terms.lifetime)})
            if terms.password_hash is not Kept.KEPT:
                c.execute(_PASSWORD, {"id": share_id.bytes, "password_hash": terms.password_hash})
            return _owned(c, _FIND, share_id, owner)

    def revoke(self, share_id: UUID, owner: UUID) -> bool:
        """It shows nothing from now on; False when it isn't the owner's."""
        with self._db.connect() as c:
            if _owned(c, _LOCK, share_id, owner) is None:
                return False
            c.execute(_REVOKE, {"id": share_id.bytes})
            return True

    def count_view(self, share_id: UUID) -> None:
        """One more has looked."""
        with self._db.connect() as c:
            c.execute(_VIEW, {"id": share_id.bytes})

    def begin_try(self, share_id: UUID) -> timedelta | None:
        """Count a try; or how long to wait for one."""
        with self._db.connect() as c:
            row = c.execute(_LOCK, {"id": share_id.bytes}).one()
            if (wait := locked_for(row.tries, _ago(row))) is None:
                c.execute(_TRY, {"id": share_id.bytes, "tries": tries_counting(row.tries, _ago(row)) + 1})
            return wait

    def end_tries(self, share_id: UUID) -> None:
        """Forget them."""
        with self._db.connect() as c:
            c.execute(_END_TRIES, {"id": share_id.bytes})

    def _one(self, statement: Any, **values: object) -> Share | None:
        found = self._all(statement, **values)
        return found[0] if found else None

    def _all(self, statement: Any, **values: object) -> list[Share]:
        with self._db.connect() as c:
            return [_share(row) for row in c.execute(statement, values)]


def forget_all(c: Connection, owner: UUID) -> None:
    """No link of the owner's is left, within the caller's transaction."""
    c.execute(text("DELETE FROM shares WHERE owner = :owner"), {"owner": owner.bytes})


def _owned(c: Connection, statement: Any, share_id: UUID, owner: UUID) -> Share | None:
    row = c.execute(statement, {"id": share_id.bytes}).one_or_none()
    return _share(row) if row and row.owner == owner.bytes else None


def _seconds(lifetime: timedelta | None) -> int | None:
    return None if lifetime is None else int(lifetime.total_seconds())


def _ago(row: Row[Any]) -> timedelta | None:
    """A statement's clock stands while it waits for the row: what came in between was not in the future."""
    return None if row.tried_ago is None else timedelta(microseconds=max(0, row.tried_ago))


def _share(row: Row[Any]) -> Share:
    return Share(
        id=UUID(bytes=row.id),
        token=row.token,
        kind=Kind(row.kind),
        target=UUID(bytes=row.target),
        owner=UUID(bytes=row.owner),
        username=row.username,
        created_at=utc(row.created_at),
        expires_at=utc(row.expires_at) if row.expires_at else None,
        revoked_at=utc(row.revoked_at) if row.revoked_at else None,
        password_hash=row.password_hash,
        views=row.views,
        expired=bool(row.expired),
        locked_for=locked_for(row.tries, _ago(row)),
    )
