"""Reports in MySQL, as people make them and moderators read them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text

from shared.adapters.mysql import Database, utc
from shared.adapters.mysql_image_rows import SHOWN, load_with_hidden
from shared.domain.ids import new_upload_id
from shared.domain.images import Image
from shared.domain.moderation import NEWEST_REPORTS, REPORTS_A_DAY, Reason, Report, standing
from shared.domain.uploads import State
from shared.ports.moderation import Case, Reported

_OF_PERSON = text("SELECT id FROM reports WHERE image_id = :image_id AND reporter = :reporter")
_TODAY = text("""
    SELECT COUNT(*) FROM reports
    WHERE reporter = :reporter AND closed_by IS NULL AND at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY""")
_ADD = text(f"""
    INSERT INTO reports (id, image_id, reporter, username, reason, text, at)
    SELECT :id, id, :reporter, :username, :reason, :text, UTC_TIMESTAMP(6)
    FROM images WHERE id = :image_id AND {SHOWN}
    ON DUPLICATE KEY UPDATE reports.id = reports.id""")  # noqa: S608 -- a constant
_WAITING = text("""
    SELECT image_id, MIN(id) AS first_id FROM reports WHERE closed_by IS NULL
    GROUP BY image_id HAVING MIN(id) > :after ORDER BY first_id LIMIT :limit""")
_COUNTS = text("""
    SELECT image_id, reason, COUNT(*) AS reports, MIN(id) AS first_id, MIN(at) AS first_at, MAX(at) AS last_at
    FROM reports WHERE closed_by IS NULL AND image_id IN :ids GROUP BY image_id, reason
    ORDER BY reports DESC, reason""").bindparams(bindparam("ids", expanding=True))
_NEWEST = text("""
    SELECT * FROM (
      SELECT r.*, ROW_NUMBER() OVER (PARTITION BY image_id ORDER BY id DESC) AS place
      FROM reports r WHERE closed_by IS NULL AND image_id IN :ids) ranked
    WHERE place <= :newest ORDER BY id DESC""").bindparams(bindparam("ids", expanding=True))
_IMAGES = text("""
    SELECT u.id, u.owner, u.username, u.state, u.erase_begun_at IS NOT NULL AS undo_is_over,
           i.hidden_at IS NOT NULL AS hidden,
           (SELECT COUNT(*) FROM moderation_acts a WHERE a.image_id = u.id) AS acts
    FROM uploads u LEFT JOIN images i ON i.id = u.id
    WHERE u.id IN :ids AND u.state IN ('published', 'taken_back', 'erased')""").bindparams(
    bindparam("ids", expanding=True)
)


class MySqlReports:
    """Implements shared.ports.moderation.Reports."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, reporter: UUID, username: str, image_id: UUID, reason: Reason, text: str) -> Reported:
        """Once for each image and person. Who sends several at one moment may exceed the day's number by those."""
        report_id = new_upload_id()
        values = {
            "id": report_id.bytes,
            "image_id": image_id.bytes,
            "reporter": reporter.bytes,
            "username": username,
            "reason": reason,
            "text": text,
        }

        def work(c: Connection) -> Reported:
            if c.execute(_OF_PERSON, values).one_or_none():
                return Reported.ALREADY
            if c.execute(_TODAY, values).scalar_one() >= REPORTS_A_DAY:
                return Reported.TOO_MANY
            c.execute(_ADD, values)
            stored = c.execute(_OF_PERSON, values).scalar()
            if stored is None:
                return Reported.UNKNOWN
            return Reported.NEW if stored == report_id.bytes else Reported.ALREADY

        return self._db.transact(work)

    def cases(self, after: UUID | None, limit: int) -> list[Case]:
        """Images with open reports, longest waiting first."""
        with self._db.connect() as c:
            waiting = c.execute(_WAITING, {"after": after.bytes if after else b"", "limit": limit})
            return _cases(c, [r.image_id for r in waiting])

    def case(self, image_id: UUID) -> Case | None:
        """One image, with or without reports; None for what was never published."""
        with self._db.connect() as c:
            return next(iter(_cases(c, [image_id.bytes])), None)


def _cases(c: Connection, ids: Sequence[bytes]) -> list[Case]:
    """In the order of these ids."""
    if not ids:
        return []
    found = {r.id: r for r in c.execute(_IMAGES, {"ids": ids})}
    images = {image.id.bytes: image for image in load_with_hidden(c, ids)}
    counts = c.execute(_COUNTS, {"ids": ids}).all()
    newest = [_report(r) for r in c.execute(_NEWEST, {"ids": ids, "newest": NEWEST_REPORTS})]
    return [_case(found[i], images, counts, newest) for i in ids if i in found]


def _case(
    row: Row[Any], images: Mapping[bytes, Image], counts: Sequence[Row[Any]], newest: Sequence[Report]
) -> Case:
    own = [r for r in counts if r.image_id == row.id]
    state = State(row.state)
    return Case(
        image_id=UUID(bytes=row.id),
        owner=UUID(bytes=row.owner),
        owner_name=row.username,
        standing=standing(state, hidden=bool(row.hidden), undo_is_over=bool(row.undo_is_over)),
        image=images.get(row.id),
        acts=int(row.acts),
        counts={Reason(r.reason): int(r.reports) for r in own},
        newest=[report for report in newest if report.image_id.bytes == row.id],
        first_id=UUID(bytes=min(r.first_id for r in own)) if own else None,
        first_at=utc(min(r.first_at for r in own)) if own else None,
        last_at=utc(max(r.last_at for r in own)) if own else None,
    )


def _report(r: Row[Any]) -> Report:
    return Report(
        id=UUID(bytes=r.id),
        image_id=UUID(bytes=r.image_id),
        reporter=UUID(bytes=r.reporter),
        username=r.username,
        reason=Reason(r.reason),
        text=r.text,
        at=utc(r.at),
    )
