"""Failed uploads for operators: by reason, each with its way back and its end. All of it works without scripts."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.refusals import Refusal
from shared.domain.uploads import Upload
from shared.operating.acting import act_on
from shared.ports.sessions import Viewer
from web.http.guards import operator_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import not_found

bp = Blueprint("failed", __name__)
GROUPS, PAGE = 50, 50
MOST = 200
"""Uploads in one request: each costs S3, MySQL and SQS a call, and the request must end long before its time is up."""


@bp.get("/ops/failed")
@operator_required
def page(_viewer: Viewer) -> Any:
    """Every reason with how many failed for it; with `reason`, the uploads that did."""
    reason = request.args.get("reason")
    if reason is not None:
        found = parts().failed_uploads.of(reason, cursor(), PAGE + 1)
        shown = found[:PAGE]
        return render_template(
            "operators/failed_reason.html",
            reason=reason,
            count=parts().failed_uploads.count(reason),
            uploads=shown,
            next_url=url_for(".page", reason=reason, cursor=shown[-1].id) if len(found) > PAGE else None,
        )
    found_groups = parts().failed_uploads.groups(GROUPS + 1)
    return render_template(
        "operators/failed.html",
        count=parts().failed_uploads.count(None),
        groups=found_groups[:GROUPS],
        more=len(found_groups) > GROUPS,
        most=MOST,
    )


@bp.get("/ops/failed/confirm")
@operator_required
def confirm(_viewer: Viewer) -> Any:
    """What will happen, and to how many; nothing happens yet."""
    verb = _verb(request.args.get("verb", ""))
    reason = request.args.get("reason")
    one = request.args.get("id")
    if one is not None:
        uploads = [_upload(one)]
        count = 1
    elif reason is None and verb is Verb.DISCARD:
        raise not_found()  # ending everything at once is nobody's wish
    else:
        uploads = parts().failed_uploads.of(reason, None, MOST)
        count = parts().failed_uploads.count(reason)
    return render_template(
        "operators/failed_confirm.html",
        verb=verb,
        uploads=uploads,
        count=max(count, len(uploads)),
        reason=reason,
        sentence=Refusal.DISCARDED.sentence,
    )


@bp.post("/ops/failed/acts")
@operator_required
def act(me: Viewer) -> Any:
    """Does it to the uploads that the confirmation counted, and no others: a second click finds them done."""
    verb = _verb(request.form.get("verb", ""))
    ids = [parsed for text in request.form.getlist("id") if (parsed := parse_id(text))]
    ids = list(dict.fromkeys(ids))[:MOST]
    subject = str(ids[0]) if len(ids) == 1 else request.form.get("reason", "every reason")
    result = act_on(parts(), Operator(me.username, Way.PAGE), verb, ids, subject)
    flash(result.sentence, "error" if result.unreached else "success")
    return redirect(url_for(".page"), 303)


def _verb(text: str) -> Verb:
    if text not in (Verb.REDRIVE, Verb.DISCARD):
        raise not_found()
    return Verb(text)


def _upload(text: str) -> Upload:
    known: UUID | None = parse_id(text)
    upload = parts().uploads.find(known) if known else None
    if upload is None:
        raise not_found("This upload")
    return upload
