"""What workers record of runs that make renditions anew, in MySQL.

Locks are taken in one order: the run's row, the upload's, the image's.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from shared.adapters import mysql_fingerprints, mysql_image_rows
from shared.adapters.mysql import Database
from shared.adapters.mysql_upload_rows import add_events
from shared.domain.images import Image
from shared.domain.reingest import KEPT_FOR, LEASE, MOST_TRIES, Outcome, Standing
from shared.domain.uploads import Event, State
from shared.ports.reingest import CUT_OFF, Turn

_LEASE_SECONDS, _KEPT_SECONDS = int(LEASE.total_seconds()), int(KEPT_FOR.total_seconds())
_LEASED = f"sent_at > UTC_TIMESTAMP(6) - INTERVAL {_LEASE_SECONDS} SECOND"

_UNDER_WAY = text(f"SELECT COUNT(*) FROM reingest_images WHERE {_LEASED}")  # noqa: S608 -- a number of ours
_RUNNING = text("SELECT id FROM reingest_runs WHERE standing = 'running' ORDER BY id FOR UPDATE")
_NEXT = text(f"""
    SELECT image_id, owner FROM reingest_images WHERE run = :run AND waiting AND ({_LEASED}) IS NOT TRUE
    ORDER BY image_id DESC LIMIT :limit""")  # noqa: S608 -- as above
_SENT = text(
    "UPDATE reingest_images SET sent_at = UTC_TIMESTAMP(6) WHERE run = :run AND image_id = :image_id"
)
_NOT_SENT = text("UPDATE reingest_images SET sent_at = NULL WHERE run = :run AND image_id = :image_id")
_RUNS_OF = text("SELECT run FROM reingest_images WHERE image_id = :image_id AND waiting ORDER BY run")
_STANDING = text("SELECT standing FROM reingest_runs WHERE id = :run FOR UPDATE")
_TRIES = text(
    "SELECT tries FROM reingest_images WHERE run = :run AND image_id = :image_id AND waiting FOR UPDATE"
)
_BEGIN = text("""
    UPDATE reingest_images SET tries = tries + 1, sent_at = UTC_TIMESTAMP(6)
    WHERE run = :run AND image_id = :image_id""")
_GIVE_BACK = text("""
    UPDATE reingest_images SET tries = tries - 1, sent_at = NULL
    WHERE run = :run AND image_id = :image_id AND waiting AND tries""")
_RENDERING = text("UPDATE uploads SET rendering_at = UTC_TIMESTAMP(6) WHERE id = :image_id")
_MOVED = text("UPDATE reingest_runs SET moved_at = UTC_TIMESTAMP(6) WHERE id = :run")
_STATE = text("SELECT state FROM uploads WHERE id = :image_id FOR UPDATE")
_RENEW = text("""
    UPDATE images SET preview_key = :preview_key, preview_width = :preview_width, preview_height = :preview_height,
                      tile_key = :tile_key, tile_width = :tile_width, tile_height = :tile_height,
                      thumbnail_key = :thumbnail_key, thumbnail_width = :thumbnail_width,
                      thumbnail_height = :thumbnail_height, colour = :colour, placeholder = :placeholder,
                      fingerprint = :fingerprint, recipe = :recipe, rendered_at = UTC_TIMESTAMP(6)
    WHERE id = :image_id""")
_SETTLED = text("DELETE FROM reingest_images WHERE run = :run AND image_id = :image_id")
_FAILED = text("""
    UPDATE reingest_images SET waiting = FALSE, sent_at = NULL, failed_at = UTC_TIMESTAMP(6), reason = :reason
    WHERE run = :run AND image_id = :image_id""")
# Assigned from left to right: what is over is told by the new counts.
_COUNT = {
    outcome: text(f"""
        UPDATE reingest_runs SET {outcome} = {outcome} + 1, moved_at = UTC_TIMESTAMP(6),
               ended_at = IF(made + unchanged + gone + failed = asked, UTC_TIMESTAMP(6), NULL),
               standing = IF(ended_at IS NULL, standing, 'done'), same_as = IF(ended_at IS NULL, same_as, NULL)
        WHERE id = :run""")  # noqa: S608 -- names of ours
    for outcome in Outcome
}
_GIVE_UP = text("""
    INSERT INTO given_up_objects (object_key, at) VALUES (:key, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE at = at""")
_GIVEN_UP = text(f"""
    SELECT object_key FROM given_up_objects WHERE at < UTC_TIMESTAMP(6) - INTERVAL {_KEPT_SECONDS} SECOND
    ORDER BY at LIMIT :limit""")  # noqa: S608 -- a number of ours
_FORGET = text("DELETE FROM given_up_objects WHERE object_key IN :keys").bindparams(
    bindparam("keys", expanding=True)
)


class MySqlReingestWork:
    """The workers' half of shared.ports.reingest.Reingest."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def under_way(self) -> int:
        """How many pictures a message is about."""
        with self._db.connect() as c:
            return int(c.execute(_UNDER_WAY).scalar_one())

    def take(self, at_once: int) -> list[tuple[UUID, UUID]]:
        """Pictures to send messages for, as (owner, image)."""

        def work(c: Connection) -> list[tuple[UUID, UUID]]:
            taken: list[tuple[UUID, UUID]] = []
            runs = [row.id for row in c.execute(_RUNNING)]
            free = at_once - int(c.execute(_UNDER_WAY).scalar_one())
            for run in runs:
                if free <= len(taken):
                    break
                for row in c.execute(_NEXT, {"run": run, "limit": free - len(taken)}).all():
                    c.execute(_SENT, {"run": run, "image_id": row.image_id})
                    taken.append((UUID(bytes=row.owner), UUID(bytes=row.image_id)))
            return taken

        return self._db.transact(work)

    def begin(self, image_id: UUID) -> Turn | None:
        """Record that a worker begins with a picture, for the oldest running run that waits for it."""

        def work(c: Connection) -> Turn | None:
            for row in c.execute(_RUNS_OF, {"image_id": image_id.bytes}).all():
                if turn := _begin(c, row.run, image_id):
                    return turn
            return None

        return self._db.transact(work)

    def settle(
        self,
        turn: Turn,
        outcome: Outcome,
        made: Image,
        put: Collection[str],
        reason: str,
        events: Sequence[Event],
    ) -> Outcome | None:
        """Record what became of a picture: the record, the counts and the timeline at once."""
        key = {"run": turn.run_id.bytes, "image_id": turn.image.id.bytes}

        def work(c: Connection) -> Outcome | None:
            over = Standing(c.execute(_STANDING, key).scalar_one()).over
            waits = not over and c.execute(_TRIES, key).one_or_none() is not None
            record = _published(c, turn.image.id)
            became = outcome if record else Outcome.GONE
            named = record.rendition_keys if record else set()
            stay = set(named)
            if waits and record and became in (Outcome.MADE, Outcome.UNCHANGED):
                _renew(c, record, made)
                stay = made.rendition_keys
            for given_up in sorted((named | set(put)) - stay):
                c.execute(_GIVE_UP, {"key": given_up})
            if not waits:
                return None
            _record(c, turn.run_id.bytes, turn.image.id, became, reason)
            if record:
                add_events(c, turn.image.id, events)
            return became

        return self._db.transact(work)

    def give_back(self, turn: Turn) -> None:
        """Have it wait as if this try had not been."""
        with self._db.connect() as c:
            c.execute(_GIVE_BACK, {"run": turn.run_id.bytes, "image_id": turn.image.id.bytes})

    def given_up(self, limit: int) -> list[str]:
        """Keys of objects that no record names, and has not for a while; the oldest first."""
        with self._db.connect() as c:
            return [row.object_key for row in c.execute(_GIVEN_UP, {"limit": limit})]

    def forget(self, keys: Sequence[str]) -> None:
        """Record that they are removed."""
        if keys:
            with self._db.connect() as c:
                c.execute(_FORGET, {"keys": list(keys)})


def _begin(c: Connection, run: bytes, image_id: UUID) -> Turn | None:
    key = {"run": run, "image_id": image_id.bytes}
    if c.execute(_STANDING, key).scalar_one() != Standing.RUNNING:
        c.execute(_NOT_SENT, key)
        return None
    tries = c.execute(_TRIES, key).scalar()
    if tries is None:
        return None
    image = _published(c, image_id)
    if image is None or tries >= MOST_TRIES:
        _record(c, run, image_id, Outcome.FAILED if image else Outcome.GONE, CUT_OFF)
        return None
    for statement in (_BEGIN, _RENDERING, _MOVED):
        c.execute(statement, key)
    return Turn(UUID(bytes=run), image, tries + 1)


def _published(c: Connection, image_id: UUID) -> Image | None:
    """The record, locked; None for one that is taken back or erased."""
    if c.execute(_STATE, {"image_id": image_id.bytes}).scalar() != State.PUBLISHED:
        return None
    return next(iter(mysql_image_rows.load_with_hidden(c, [image_id.bytes], lock=True)), None)


def _renew(c: Connection, record: Image, made: Image) -> None:
    """Have the record name what was made. What was edited meanwhile stays as it is now."""
    fields = {
        f"{name}_{part}": getattr(rendition, part) if rendition else None
        for name, rendition in (("preview", made.preview), ("tile", made.tile), ("thumbnail", made.thumbnail))
        for part in ("key", "width", "height")
    }
    fields |= {name: getattr(made, name) for name in ("colour", "placeholder", "fingerprint", "recipe")}
    if made.fingerprint != record.fingerprint:
        mysql_fingerprints.remove(c, record.id)
        mysql_fingerprints.add(c, record.owner, record.id, made.fingerprint)
    c.execute(_RENEW, fields | {"image_id": record.id.bytes})


def _record(c: Connection, run: bytes, image_id: UUID, outcome: Outcome, reason: str) -> None:
    key = {"run": run, "image_id": image_id.bytes}
    if outcome is Outcome.FAILED:
        c.execute(_FAILED, key | {"reason": reason[:500]})
    else:
        c.execute(_SETTLED, key)
    c.execute(_COUNT[outcome], {"run": run})
