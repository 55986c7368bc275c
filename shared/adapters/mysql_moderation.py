"""What moderators do, in MySQL: one transaction each, under the lock of the upload's row, then the image's.

`moderation_acts` is only ever added to: no statement of the product changes or deletes a row of it.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text

from shared.adapters import mysql_fingerprints, mysql_image_rows
from shared.adapters.mysql import Database, naive, utc
from shared.adapters.mysql_upload_rows import note, take_back
from shared.domain.ids import new_upload_id
from shared.domain.moderation import (
    NOTICES,
    REMOVED,
    Act,
    Answer,
    Decision,
    Moderator,
    Reason,
    Seen,
    Standing,
    Verb,
    standing,
)
from shared.domain.uploads import State
from shared.ports.moderation import Answered, Done, Impossible, Stale, Wanted

BY = "moderator"  # in the timeline, which its owner reads: no names
WHY = "removed by a moderator"

_LOCK = text("""
    SELECT owner, username, state, erase_begun_at IS NOT NULL AS undo_is_over FROM uploads
    WHERE id = :id AND state IN ('published', 'taken_back', 'erased') FOR UPDATE""")
_HIDDEN = text("SELECT hidden_at IS NOT NULL FROM images WHERE id = :id FOR UPDATE")
_OPEN = text("SELECT id, reason FROM reports WHERE image_id = :id AND closed_by IS NULL FOR UPDATE")
_CLOSE = text("UPDATE reports SET closed_by = :act WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_ADD = text("""
    INSERT INTO moderation_acts
      (id, image_id, number, at, moderator, username, verb, reason, note, owner, owner_name, was, closed)
    VALUES (:id, :image_id, :number, UTC_TIMESTAMP(6), :moderator, :username, :verb, :reason, :note, :owner,
            :owner_name, :was, :closed)""")
_SELECT = """
    SELECT a.*, w.text AS answer, w.at AS answered_at
    FROM moderation_acts a LEFT JOIN moderation_answers w ON w.act_id = a.id"""
_OF_IMAGE = text(f"{_SELECT} WHERE a.image_id = :id ORDER BY a.number")
_FIND = text(f"{_SELECT} WHERE a.id = :id")
_NO_UNDO = text("""
    UPDATE uploads SET erase_begun_at = UTC_TIMESTAMP(6), reason_code = :code, reason_message = :why
    WHERE id = :id""")
_ERASABLE = text(
    "SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), erasable_at) FROM uploads WHERE id = :id"
)
_NOTICE = text(
    "SELECT id FROM moderation_acts WHERE id = :id AND owner = :owner AND verb IN :verbs"
).bindparams(bindparam("verbs", expanding=True))
_ANSWER = text("""
    INSERT INTO moderation_answers (act_id, text, at) VALUES (:id, :text, UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE act_id = act_id""")
_ANSWERED = text("SELECT text FROM moderation_answers WHERE act_id = :id FOR UPDATE")


class MySqlModeration:
    """Implements shared.ports.moderation.Moderation."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def act(self, decision: Decision) -> Done | Stale | Impossible | None:
        """Do it and record it, unless something has happened that the moderator has not seen."""

        def work(c: Connection) -> Done | Stale | Impossible | None:
            here = {"id": decision.image_id.bytes}
            if (row := c.execute(_LOCK, here).one_or_none()) is None:
                return None
            seen, acts = decision.seen, [_act(r) for r in c.execute(_OF_IMAGE, here)]
            hidden = c.execute(_HIDDEN, here).scalar()
            if hidden is None and row.state == State.TAKEN_BACK:
                return None  # it was never published
            reports = c.execute(_OPEN, here).all()
            if later := acts[seen.acts :]:
                if later[0].does(decision):
                    return _done(c, later[0])
                return Stale(later, max(len(reports) - seen.reports, 0))
            if decision.verb is Verb.DISMISS and len(reports) > seen.reports:
                return Stale([], len(reports) - seen.reports)
            now = standing(State(row.state), hidden=bool(hidden), undo_is_over=bool(row.undo_is_over))
            if not decision.verb.is_possible(now, len(reports)):
                return Impossible(now)
            act = _record(c, decision, len(acts) + 1, row, now, reports)
            _carry_out(c, decision, now)
            return _done(c, act)

        return self._db.transact(work)

    def acts(self, wanted: Wanted, before: UUID | None, limit: int) -> list[Act]:
        """Those that fit, newest first."""
        conditions = ["a.id < :before", "a.verb IN :verbs"]
        values: dict[str, Any] = {
            "before": before.bytes if before else b"\xff" * 16,
            "verbs": list(wanted.verbs),
            "limit": limit,
        }
        for column, value in (
            ("username", wanted.moderator),
            ("owner", wanted.owner and wanted.owner.bytes),
            ("image_id", wanted.image_id and wanted.image_id.bytes),
        ):
            if value:
                conditions.append(f"a.{column} = :{column}")
                values[column] = value
        for sign, name, moment in ((">=", "since", wanted.span.since), ("<", "until", wanted.span.until)):
            if moment:
                conditions.append(f"a.at {sign} :{name}")
                values[name] = naive(moment)
        if wanted.answered:
            conditions.append("w.text IS NOT NULL")
        where = " AND ".join(conditions)
        query = text(f"{_SELECT} WHERE {where} ORDER BY a.id DESC LIMIT :limit")
        with self._db.connect() as c:
            return [_act(r) for r in c.execute(query.bindparams(bindparam("verbs", expanding=True)), values)]

    def answer(self, act_id: UUID, owner: UUID, text: str) -> Answered:
        """The owner's word to a notice, once."""
        values = {"id": act_id.bytes, "owner": owner.bytes, "verbs": list(NOTICES), "text": text}

        def work(c: Connection) -> Answered:
            if c.execute(_NOTICE, values).one_or_none() is None:
                return Answered.UNKNOWN
            if (before := c.execute(_ANSWERED, values).scalar()) is None:
                c.execute(_ANSWER, values)
                if c.execute(_ANSWERED, values).scalar() == text:
                    return Answered.NEW
                return Answered.ALREADY  # another tab was first
            return Answered.SAME if before == text else Answered.ALREADY

        return self._db.transact(work)


def _record(
    c: Connection,
    decision: Decision,
    number: int,
    upload: Row[Any],
    now: Standing,
    reports: Sequence[Row[Any]],
) -> Act:
    """Write the audit's line, and close the reports that it answers."""
    act_id = new_upload_id()
    answered = reports if decision.verb.closes_reports else []
    counts: dict[str, int] = {}
    for report in answered:
        counts[report.reason] = counts.get(report.reason, 0) + 1
    values = {
        "id": act_id.bytes,
        "image_id": decision.image_id.bytes,
        "number": number,
        "moderator": decision.moderator.bytes,
        "username": decision.username,
        "verb": decision.verb,
        "reason": decision.reason,
        "note": decision.note,
        "owner": upload.owner,
        "owner_name": upload.username,
        "was": now,
        "closed": json.dumps(counts, sort_keys=True),
    }
    c.execute(_ADD, values)
    if answered:
        c.execute(_CLOSE, {"act": act_id.bytes, "ids": [r.id for r in answered]})
    return _act(c.execute(_FIND, {"id": act_id.bytes}).one())


def record_held(c: Connection, upload_id: UUID, upload: Row[Any], by: Moderator, verb: Verb) -> None:
    """Write the audit's line about an upload that is held, whose row the caller has locked."""
    decision = Decision(by.id, by.username, upload_id, verb, None, "", Seen(0, 0))
    before = len(c.execute(_OF_IMAGE, {"id": upload_id.bytes}).all())
    _record(c, decision, before + 1, upload, Standing.HELD, [])


def _carry_out(c: Connection, decision: Decision, now: Standing) -> None:
    image_id = decision.image_id
    match decision.verb:
        case Verb.HIDE:
            mysql_image_rows.hide_by_moderator(c, image_id)
            note(c, image_id, "hide", BY, "only its owner and moderators see it")
        case Verb.RESTORE:
            mysql_image_rows.restore_by_moderator(c, image_id)
            note(c, image_id, "unhide", BY, "ok")
        case Verb.REMOVE:
            mysql_fingerprints.bar(c, image_id, decision.reason or "")
            _remove(c, image_id, now)
        case _:
            pass


def _remove(c: Connection, image_id: UUID, now: Standing) -> None:
    """Take it back for good: a worker erases it, and there is no undo."""
    if now in (Standing.SHOWN, Standing.HIDDEN):
        take_back(c, image_id, BY, WHY)
        mysql_image_rows.hide(c, image_id)
    else:
        note(c, image_id, "take back", BY, f"{WHY}, for good")
    c.execute(_NO_UNDO, {"id": image_id.bytes, "code": REMOVED, "why": f"It was {WHY}."})


def _done(c: Connection, act: Act) -> Done:
    if act.verb is not Verb.REMOVE:
        return Done(act)
    micros = c.execute(_ERASABLE, {"id": act.image_id.bytes}).scalar()
    return Done(act, timedelta(microseconds=max(int(micros or 0), 0)))


def _act(r: Row[Any]) -> Act:
    return Act(
        id=UUID(bytes=r.id),
        image_id=UUID(bytes=r.image_id),
        number=r.number,
        at=utc(r.at),
        moderator=UUID(bytes=r.moderator),
        username=r.username,
        verb=Verb(r.verb),
        reason=Reason(r.reason) if r.reason else None,
        note=r.note,
        owner=UUID(bytes=r.owner),
        owner_name=r.owner_name,
        was=Standing(r.was),
        closed={Reason(reason): count for reason, count in json.loads(r.closed).items()},
        answer=Answer(r.answer, utc(r.answered_at)) if r.answer is not None else None,
    )
