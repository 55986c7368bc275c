"""Links for people without an account, in memory."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.adapters.memory.database import MemoryDatabase, ShareRow
from shared.domain.shares import Kept, Kind, NewShare, NewTerms, Share, locked_for, tries_counting


class MemoryShares:
    """Implements shared.ports.shares.Shares."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def add(self, wanted: NewShare) -> Share | None:
        """Write a link down, once; None when its id is somebody else's."""
        now = self._db.now()
        with self._db.transaction() as tables:
            row = tables.shares.get(wanted.id) or ShareRow(
                Share(
                    id=wanted.id,
                    token=wanted.token,
                    kind=wanted.kind,
                    target=wanted.target,
                    owner=wanted.owner,
                    username=wanted.username,
                    created_at=now,
                    expires_at=_end(now, wanted.lifetime),
                    revoked_at=None,
                    password_hash=wanted.password_hash,
                    views=0,
                    expired=False,
                    locked_for=None,
                )
            )
            tables.shares[wanted.id] = row
            return self._seen(row) if row.share.owner == wanted.owner else None

    def find(self, share_id: UUID) -> Share | None:
        """One link, or None."""
        row = self._db.read().shares.get(share_id)
        return self._seen(row) if row else None

    def by_token(self, token: str) -> Share | None:
        """The link with this token, or None."""
        return next((share for share in self._all() if share.token == token), None)

    def of_owner(self, owner: UUID, before: UUID | None, limit: int) -> list[Share]:
        """Newest first."""
        own = [share for share in self._all() if share.owner == owner]
        return [share for share in own if before is None or share.id < before][:limit]

    def of_target(self, owner: UUID, kind: Kind, target: UUID) -> list[Share]:
        """The owner's links to one thing, newest first."""
        return [s for s in self._all() if (s.owner, s.kind, s.target) == (owner, kind, target)]

    def change(self, share_id: UUID, owner: UUID, terms: NewTerms) -> Share | None:
        """Give a link that was not revoked new terms."""
        now = self._db.now()
        with self._db.transaction() as tables:
            row = tables.shares.get(share_id)
            if row is None or row.share.owner != owner:
                return None
            if row.share.revoked_at is None:
                if terms.lifetime is not Kept.KEPT:
                    row = replace(row, share=replace(row.share, expires_at=_end(now, terms.lifetime)))
                if terms.password_hash is not Kept.KEPT:
                    share = replace(row.share, password_hash=terms.password_hash)
                    row = replace(row, share=share, tries=0)
                tables.shares[share_id] = row
            return self._seen(row)

    def revoke(self, share_id: UUID, owner: UUID) -> bool:
        """It shows nothing from now on; False when it isn't the owner's."""
        with self._db.transaction() as tables:
            row = tables.shares.get(share_id)
            if row is None or row.share.owner != owner:
                return False
            revoked_at = row.share.revoked_at or self._db.now()
            tables.shares[share_id] = replace(row, share=replace(row.share, revoked_at=revoked_at))
            return True

    def count_view(self, share_id: UUID) -> None:
        """One more has looked."""
        with self._db.transaction() as tables:
            row = tables.shares[share_id]
            tables.shares[share_id] = replace(row, share=replace(row.share, views=row.share.views + 1))

    def begin_try(self, share_id: UUID) -> timedelta | None:
        """Count a try; or how long to wait for one."""
        with self._db.transaction() as tables:
            row = tables.shares[share_id]
            if (wait := locked_for(row.tries, self._ago(row))) is None:
                tries = tries_counting(row.tries, self._ago(row)) + 1
                tables.shares[share_id] = replace(row, tries=tries, tried_at=self._db.now())
            return wait

    def end_tries(self, share_id: UUID) -> None:
        """Forget them."""
        with self._db.transaction() as tables:
            tables.shares[share_id] = replace(tables.shares[share_id], tries=0)

    def _all(self) -> list[Share]:
        rows = self._db.read().shares.values()
        return sorted((self._seen(row) for row in rows), key=lambda share: share.id, reverse=True)

    def _ago(self, row: ShareRow) -> timedelta | None:
        return self._db.now() - row.tried_at if row.tried_at else None

    def _seen(self, row: ShareRow) -> Share:
        expires_at = row.share.expires_at
        return replace(
            row.share,
            expired=expires_at is not None and expires_at <= self._db.now(),
            locked_for=locked_for(row.tries, self._ago(row)),
        )


def _end(now: datetime, lifetime: timedelta | None) -> datetime | None:
    return None if lifetime is None else now + lifetime
