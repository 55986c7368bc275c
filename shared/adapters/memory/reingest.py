"""Runs that make renditions anew, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase, ReingestRow, Tables
from shared.adapters.memory.upload_rows import LONGEST_TEXT, add_events
from shared.domain.ids import new_upload_id
from shared.domain.images import Image
from shared.domain.operator_acts import Operator, OperatorAct, Verb
from shared.domain.reingest import KEPT_FOR, LEASE, MOST_TRIES, Failure, Outcome, Run, Standing, Which
from shared.domain.uploads import Event, State
from shared.ports.reingest import CUT_OFF, Turn

_CHANGES = {
    Verb.PAUSE_REINGEST: ((Standing.RUNNING,), Standing.PAUSED),
    Verb.RESUME_REINGEST: ((Standing.PAUSED,), Standing.RUNNING),
    Verb.CANCEL_REINGEST: ((Standing.RUNNING, Standing.PAUSED), Standing.CANCELLED),
}


@dataclass
class _Work:
    """A transaction over the tables, and its moment."""

    tables: Tables
    now: datetime

    def audit(self, by: Operator, verb: Verb, subject: str, asked: int, counts: dict[str, int]) -> None:
        act = OperatorAct(new_upload_id(), self.now, by, verb, subject[:200], asked, counts, self.now)
        self.tables.operator_acts[act.id] = act

    def leased(self, row: ReingestRow) -> bool:
        return row.sent_at is not None and row.sent_at > self.now - LEASE

    def published(self, image_id: UUID) -> Image | None:
        row = self.tables.uploads.get(image_id)
        if row is None or row.upload.status is not State.PUBLISHED:
            return None
        return image_rows.with_hidden(self.tables).get(image_id)

    def record(self, key: tuple[UUID, UUID], outcome: Outcome, reason: str) -> None:
        row = self.tables.reingest_images.pop(key)
        if outcome is Outcome.FAILED:
            told = {"failed_at": self.now, "reason": reason[:LONGEST_TEXT]}
            self.tables.reingest_images[key] = replace(row, waiting=False, sent_at=None, **told)  # type: ignore[arg-type]
        run = self.tables.reingest_runs[key[0]]
        counted: dict[str, Any] = {outcome: getattr(run, outcome) + 1}
        run = replace(run, **counted)
        if not run.waiting:
            run = replace(run, standing=Standing.DONE, ended_at=self.now)
        self.tables.reingest_runs[run.id] = run
        self.tables.reingest_moved_at = self.now

    def begin(self, key: tuple[UUID, UUID]) -> Turn | None:
        row = self.tables.reingest_images[key]
        if self.tables.reingest_runs[key[0]].standing is not Standing.RUNNING:
            self.tables.reingest_images[key] = replace(row, sent_at=None)
            return None
        image = self.published(key[1])
        if image is None or row.tries >= MOST_TRIES:
            self.record(key, Outcome.FAILED if image else Outcome.GONE, CUT_OFF)
            return None
        self.tables.reingest_images[key] = replace(row, tries=row.tries + 1, sent_at=self.now)
        upload = self.tables.uploads[key[1]]
        self.tables.uploads[key[1]] = replace(upload, rendering_at=self.now)
        self.tables.reingest_moved_at = self.now
        return Turn(key[0], image, row.tries + 1)


class MemoryReingest:
    """Implements shared.ports.reingest.Reingest."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def count(self, which: Which) -> int:
        """How many images a run would be for."""
        return len(_found(self._db.read(), which))

    def start(self, run_id: UUID, by: Operator, which: Which) -> Run | None:
        """Write the run and its images down, and the audit's line."""
        with self._db.transaction() as tables:
            runs = tables.reingest_runs
            same = [r for r in runs.values() if r.which == which and not r.standing.over]
            if known := runs.get(run_id) or next(iter(same), None):
                return known
            images = _found(tables, which)
            if not images:
                return None
            work = _Work(tables, self._db.now())
            run = Run(run_id, by.name, which, Standing.RUNNING, work.now, len(images))
            runs[run_id] = run
            for image in images:
                tables.reingest_images[run_id, image.id] = ReingestRow(image.owner)
            tables.reingest_moved_at = work.now
            work.audit(by, Verb.REINGEST, which.sentence, run.asked, {"begun": run.asked})
            return run

    def act(self, run_id: UUID, by: Operator, verb: Verb) -> Run | None:
        """Pause, resume or cancel."""
        among, standing = _CHANGES[verb]
        with self._db.transaction() as tables:
            run = tables.reingest_runs.get(run_id)
            if run is None or run.standing not in among:
                return run
            work = _Work(tables, self._db.now())
            changed = replace(run, standing=standing, ended_at=work.now if standing.over else None)
            tables.reingest_runs[run_id] = changed
            if standing.over:
                for key in [k for k, row in tables.reingest_images.items() if k[0] == run_id and row.waiting]:
                    del tables.reingest_images[key]
            work.audit(by, verb, f"{run.which.sentence} ({run_id})", run.asked, run.counts)
            return changed

    def find(self, run_id: UUID) -> Run | None:
        """One run, or None."""
        return self._db.read().reingest_runs.get(run_id)

    def runs(self, before: UUID | None, limit: int) -> list[Run]:
        """Newest first."""
        runs = self._db.read().reingest_runs
        return [runs[i] for i in sorted(runs, reverse=True) if before is None or i < before][:limit]

    def failures(self, run_id: UUID, after: UUID | None, limit: int) -> list[Failure]:
        """Those of a run, the newest image first."""
        tables = self._db.read()
        found = [
            Failure(i, image.filename if (image := tables.images.get(i)) else "", row.reason, row.failed_at)
            for (run, i), row in sorted(tables.reingest_images.items(), reverse=True)
            if run == run_id and row.failed_at and (after is None or i < after)
        ]
        return found[:limit]

    def under_way(self) -> int:
        """How many pictures a message is about."""
        return _under_way(_Work(self._db.read(), self._db.now()))

    def take(self, at_once: int) -> list[tuple[UUID, UUID]]:
        """Pictures to send messages for, as (owner, image)."""
        with self._db.transaction() as tables:
            work = _Work(tables, self._db.now())
            running = {r.id for r in tables.reingest_runs.values() if r.standing is Standing.RUNNING}
            rows = tables.reingest_images.items()
            waiting = [k for k, row in rows if k[0] in running and row.waiting and not work.leased(row)]
            waiting.sort(key=lambda key: (key[0], -key[1].int))
            taken = waiting[: max(0, at_once - _under_way(work))]
            for key in taken:
                tables.reingest_images[key] = replace(tables.reingest_images[key], sent_at=work.now)
            return [(tables.reingest_images[key].owner, key[1]) for key in taken]

    def begin(self, image_id: UUID) -> Turn | None:
        """Record that a worker begins with a picture, for the oldest running run that waits for it."""
        with self._db.transaction() as tables:
            work = _Work(tables, self._db.now())
            for key in sorted(
                k for k, row in tables.reingest_images.items() if k[1] == image_id and row.waiting
            ):
                if turn := work.begin(key):
                    return turn
            return None

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
        key = turn.run_id, turn.image.id
        with self._db.transaction() as tables:
            work = _Work(tables, self._db.now())
            row = tables.reingest_images.get(key)
            waits = row is not None and row.waiting and not tables.reingest_runs[turn.run_id].standing.over
            record = work.published(turn.image.id)
            became = outcome if record else Outcome.GONE
            named = record.rendition_keys if record else set()
            stay = set(named)
            if waits and record and became in (Outcome.MADE, Outcome.UNCHANGED):
                tables.images[record.id] = _renewed(record, made, work.now)
                stay = made.rendition_keys
            for given_up in (named | set(put)) - stay:
                tables.given_up_objects.setdefault(given_up, work.now)
            if not waits:
                return None
            work.record(key, became, reason)
            if record:
                add_events(tables, turn.image.id, events)
            return became

    def give_back(self, turn: Turn) -> None:
        """Have it wait as if this try had not been."""
        key = turn.run_id, turn.image.id
        with self._db.transaction() as tables:
            row = tables.reingest_images.get(key)
            if row and row.waiting and row.tries:
                tables.reingest_images[key] = replace(row, tries=row.tries - 1, sent_at=None)

    def given_up(self, limit: int) -> list[str]:
        """Keys of objects that no record names, and has not for a while; the oldest first."""
        given_up, before = self._db.read().given_up_objects, self._db.now() - KEPT_FOR
        return sorted((k for k, at in given_up.items() if at < before), key=lambda k: given_up[k])[:limit]

    def forget(self, keys: Sequence[str]) -> None:
        """Record that they are removed."""
        with self._db.transaction() as tables:
            for key in keys:
                tables.given_up_objects.pop(key, None)


def _under_way(work: _Work) -> int:
    return sum(map(work.leased, work.tables.reingest_images.values()))


def _renewed(record: Image, made: Image, now: datetime) -> Image:
    names = ("preview", "tile", "thumbnail", "colour", "placeholder", "fingerprint", "recipe")
    return replace(record, rendered_at=now, **{name: getattr(made, name) for name in names})


def _found(tables: Tables, which: Which) -> list[Image]:
    def wanted(i: Image) -> bool:
        return (
            (which.image_id is None or i.id == which.image_id)
            and (which.username is None or i.username == which.username)
            and (which.since is None or i.uploaded_at >= which.since)
            and (which.before is None or i.uploaded_at < which.before)
            and (which.made_before is None or (i.rendered_at or i.published_at) < which.made_before)
            and (which.older_than is None or i.recipe < which.older_than)
        )

    return [image for image in image_rows.with_hidden(tables).values() if wanted(image)]
