"""Reports in memory."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase, Tables, UploadRow
from shared.domain.ids import new_upload_id
from shared.domain.moderation import NEWEST_REPORTS, REPORTS_A_DAY, Reason, Report, Standing, standing
from shared.domain.uploads import GONE, State
from shared.ports.moderation import Case, Reported


class MemoryReports:
    """Implements shared.ports.moderation.Reports."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def add(self, reporter: UUID, username: str, image_id: UUID, reason: Reason, text: str) -> Reported:
        """Once for each image and person."""
        now = self._db.now()
        with self._db.transaction() as tables:
            if (image_id, reporter) in tables.reports:
                return Reported.ALREADY
            today = [r for r in _open(tables) if r.reporter == reporter and r.at > now - timedelta(days=1)]
            if len(today) >= REPORTS_A_DAY:
                return Reported.TOO_MANY
            if image_id not in image_rows.shown(tables):
                return Reported.UNKNOWN
            report = Report(new_upload_id(), image_id, reporter, username, reason, text, now)
            tables.reports[image_id, reporter] = report
            return Reported.NEW

    def cases(self, after: UUID | None, limit: int) -> list[Case]:
        """Images with open reports, longest waiting first."""
        tables = self._db.read()
        waiting: dict[UUID, UUID] = {}
        for report in sorted(_open(tables), key=lambda r: r.id):
            waiting.setdefault(report.image_id, report.id)
        ids = [image_id for image_id, first in waiting.items() if after is None or first > after]
        return [case for i in ids[:limit] if (case := _case(tables, i))]

    def case(self, image_id: UUID) -> Case | None:
        """One image, with or without reports; None for what was never published."""
        return _case(self._db.read(), image_id)


def open_reports(tables: Tables, image_id: UUID) -> list[Report]:
    """Those that no act has answered, oldest first."""
    return sorted((r for r in _open(tables) if r.image_id == image_id), key=lambda r: r.id)


def standing_of(tables: Tables, row: UploadRow) -> Standing:
    """Where the image stands."""
    image = tables.images.get(row.upload.id)
    return standing(
        row.upload.status,
        hidden=image is not None and image.hidden,
        undo_is_over=row.erase_begun_at is not None,
    )


def _open(tables: Tables) -> list[Report]:
    return [r for r in tables.reports.values() if r.id not in tables.closed_reports]


def _case(tables: Tables, image_id: UUID) -> Case | None:
    row = tables.uploads.get(image_id)
    if row is None or row.upload.status not in (State.PUBLISHED, *GONE):
        return None
    reports = open_reports(tables, image_id)
    counts = Counter(r.reason for r in reports)
    return Case(
        image_id=image_id,
        owner=row.upload.owner,
        owner_name=row.upload.username,
        standing=standing_of(tables, row),
        image=image_rows.with_hidden(tables).get(image_id),
        acts=sum(act.image_id == image_id for act in tables.acts.values()),
        counts=dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        newest=reports[::-1][:NEWEST_REPORTS],
        first_id=reports[0].id if reports else None,
        first_at=reports[0].at if reports else None,
        last_at=reports[-1].at if reports else None,
    )
