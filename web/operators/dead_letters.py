"""The dead-letter queue for operators. All of it works without scripts."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Verb, Way
from shared.operating.dead_letters import KEEP_SECONDS, Kept, Kind, Look, Seen, keep, look, may, move
from shared.ports.sessions import Viewer
from shared.ports.unavailable import Unavailable
from shared.ports.work_queue import QueueUnavailable
from web.http.guards import operator_required
from web.http.parts import parts
from web.http.problems import not_found

bp = Blueprint("dead_letters", __name__)
log = structlog.get_logger(__name__)
SHOWN, MOST = 50, 100


@bp.get("/ops/dead-letters")
@operator_required
def page(_viewer: Viewer) -> Any:
    """What one look found, by what the records say of it."""
    found: Look | None = None
    try:
        found = look(parts(), SHOWN)
    except QueueUnavailable as error:
        log.warning("dead letters can't be looked at", error=str(error))
    return render_template("operators/dead_letters.html", look=found, failed=_failed(), kinds=Kind, most=MOST)


def _failed() -> int | None:
    try:
        return parts().failed_uploads.count(None)
    except Unavailable as error:
        log.warning("failed uploads can't be counted", error=str(error))
        return None


@bp.post("/ops/dead-letters/confirm")
@operator_required
def confirm(_viewer: Viewer) -> Any:
    """What will happen, and to which messages, which are kept for who asks meanwhile; nothing happens yet."""
    verb, ids = _verb(), set(request.form.getlist("id"))
    kind = Kind(text) if (text := request.args.get("kind", "")) in tuple(Kind) else None

    def wanted(seen: Seen) -> bool:
        return may(verb, seen.kind) and (seen.kind == kind if kind else seen.letter.id in ids)

    most = MOST if kind else min(len(ids), MOST)
    return render_template(
        "operators/dead_letters_confirm.html",
        verb=verb,
        look=keep(parts(), wanted, most),
        meant=None if kind else len(ids),
        kind=kind,
        minutes=KEEP_SECONDS // 60,
        sealed=_sealed,
    )


@bp.post("/ops/dead-letters/acts")
@operator_required
def act(me: Viewer) -> Any:
    """Does it to the messages of the confirmation, and no others: a second click finds them gone."""
    result = move(parts(), Operator(me.username, Way.PAGE), _verb(), _kept())
    flash(result.sentence, "error" if result.failed else "success")
    return redirect(url_for(".page"), 303)


@bp.post("/ops/dead-letters/leave")
@operator_required
def leave(_viewer: Viewer) -> Any:
    """Lets everybody see the messages of a confirmation again at once."""
    parts().dead_letters.release([one.handle for one in _kept()])
    return redirect(url_for(".page"), 303)


def _verb() -> Verb:
    text = request.form.get("verb", "")
    if text not in (Verb.REDRIVE, Verb.DISCARD):
        raise not_found()
    return Verb(text)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="dead-letter")


def _sealed(seen: Seen) -> str:
    letter = seen.letter
    ids = [str(i) if i else "" for i in (letter.owner, letter.upload_id)]
    return str(_serializer().dumps([letter.id, letter.handle, *ids]))


def _kept() -> list[Kept]:
    return list(_opened(request.form.getlist("letter")[:MOST]))


def _opened(sealed: list[str]) -> Iterator[Kept]:
    for text in dict.fromkeys(sealed):
        try:
            letter_id, handle, owner, upload_id = _serializer().loads(text)
        except BadSignature:  # not a form of ours
            continue
        yield Kept(letter_id, handle, _id(owner), _id(upload_id))


def _id(text: str) -> UUID | None:
    return parse_id(text) if text else None
