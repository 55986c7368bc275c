"""What moderators do, in memory."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from shared.adapters.memory import fingerprints, image_rows
from shared.adapters.memory.database import MemoryDatabase, Tables
from shared.adapters.memory.reports import open_reports, standing_of
from shared.adapters.memory.upload_rows import note, take_back
from shared.domain.ids import new_upload_id
from shared.domain.moderation import NOTICES, REMOVED, Act, Answer, Decision, Standing, Verb
from shared.domain.uploads import GONE, State
from shared.ports.moderation import Answered, Done, Impossible, Stale, Wanted

BY = "moderator"
WHY = "removed by a moderator"


class MemoryModeration:
    """Implements shared.ports.moderation.Moderation."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def act(self, decision: Decision) -> Done | Stale | Impossible | None:
        """Do it and record it, unless something has happened that the moderator has not seen."""
        image_id, seen, at = decision.image_id, decision.seen, self._db.now()
        with self._db.transaction() as tables:
            row = tables.uploads.get(image_id)
            if row is None or row.upload.status not in (State.PUBLISHED, *GONE):
                return None
            if row.upload.status is State.TAKEN_BACK and image_id not in tables.images:
                return None  # it was never published
            acts = sorted((a for a in tables.acts.values() if a.image_id == image_id), key=lambda a: a.number)
            reports = open_reports(tables, image_id)
            if later := acts[seen.acts :]:
                if later[0].does(decision):
                    return self._done(tables, later[0])
                answered = [self._with_answer(tables, act) for act in later]
                return Stale(answered, max(len(reports) - seen.reports, 0))
            if decision.verb is Verb.DISMISS and len(reports) > seen.reports:
                return Stale([], len(reports) - seen.reports)
            now = standing_of(tables, row)
            if not decision.verb.is_possible(now, len(reports)):
                return Impossible(now)
            closed = reports if decision.verb.closes_reports else []
            act = Act(
                id=new_upload_id(),
                image_id=image_id,
                number=len(acts) + 1,
                at=at,
                moderator=decision.moderator,
                username=decision.username,
                verb=decision.verb,
                reason=decision.reason,
                note=decision.note,
                owner=row.upload.owner,
                owner_name=row.upload.username,
                was=now,
                closed=Counter(r.reason for r in closed),
            )
            tables.acts[act.id] = act
            tables.closed_reports |= {report.id: act.id for report in closed}
            self._carry_out(tables, decision, now)
            return self._done(tables, act)

    def acts(self, wanted: Wanted, before: UUID | None, limit: int) -> list[Act]:
        """Those that fit, newest first."""
        tables = self._db.read()
        fitting = [
            act
            for act in tables.acts.values()
            if act.verb in wanted.verbs
            and (not wanted.moderator or act.username == wanted.moderator)
            and wanted.owner in (None, act.owner)
            and wanted.image_id in (None, act.image_id)
            and (not wanted.answered or act.id in tables.answers)
            and (before is None or act.id < before)
            and wanted.span.has(act.at)
        ]
        newest = sorted(fitting, key=lambda act: act.id, reverse=True)[:limit]
        return [self._with_answer(tables, act) for act in newest]

    def answer(self, act_id: UUID, owner: UUID, text: str) -> Answered:
        """The owner's word to a notice, once."""
        with self._db.transaction() as tables:
            act = tables.acts.get(act_id)
            if act is None or act.owner != owner or act.verb not in NOTICES:
                return Answered.UNKNOWN
            if before := tables.answers.get(act_id):
                return Answered.SAME if before.text == text else Answered.ALREADY
            tables.answers[act_id] = Answer(text, self._db.now())
            return Answered.NEW

    def _carry_out(self, tables: Tables, decision: Decision, now: Standing) -> None:
        image_id = decision.image_id
        match decision.verb:
            case Verb.HIDE:
                image_rows.hide_by_moderator(tables, image_id)
                note(tables, image_id, "hide", BY, "only its owner and moderators see it")
            case Verb.RESTORE:
                image_rows.restore_by_moderator(tables, image_id)
                note(tables, image_id, "unhide", BY, "ok")
            case Verb.REMOVE:
                fingerprints.bar(tables, image_id, self._db.now(), decision.reason or "")
                self._remove(tables, image_id, now)
            case _:
                pass

    def _remove(self, tables: Tables, image_id: UUID, now: Standing) -> None:
        """Take it back for good: a worker erases it, and there is no undo."""
        if now in (Standing.SHOWN, Standing.HIDDEN):
            take_back(tables, image_id, self._db.now(), BY, WHY)
            image_rows.hide(tables, image_id)
        else:
            note(tables, image_id, "take back", BY, f"{WHY}, for good")
        row = tables.uploads[image_id]
        why = replace(row.upload, reason_code=REMOVED, reason_message=f"It was {WHY}.")
        tables.uploads[image_id] = replace(row, upload=why, erase_begun_at=self._db.now())

    def _done(self, tables: Tables, act: Act) -> Done:
        act = self._with_answer(tables, act)
        erasable_at = tables.uploads[act.image_id].erasable_at
        if act.verb is not Verb.REMOVE or erasable_at is None:
            return Done(act)
        return Done(act, max(erasable_at - self._db.now(), timedelta()))

    @staticmethod
    def _with_answer(tables: Tables, act: Act) -> Act:
        return replace(act, answer=tables.answers.get(act.id))
