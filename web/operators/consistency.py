"""Consistency for operators: the last check, what it found, and repairs. All of it works without scripts."""

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from shared.domain.consistency import SAMPLE, TO_REPAIR, Check, Fault, Finding, FindingState, RepairAct
from shared.domain.fault_words import WORDS, FaultWords
from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Way
from shared.operating.asking import ask_for_check, ask_for_repair, to_repair
from shared.ports.sessions import Viewer
from shared.ports.unavailable import Unavailable
from web.http.guards import acting_required, operator_required
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import not_found

bp = Blueprint("consistency", __name__)
log = structlog.get_logger(__name__)
PAGE, ACTS = 50, 10
TOLD = tuple(state for state in FindingState if state is not FindingState.SUSPECTED)


@dataclass(frozen=True)
class Group:
    """Findings of one fault: how many there were, how many of them can be repaired now, and how many were counted
    without being kept."""

    fault: Fault
    words: FaultWords
    found: int
    to_repair: int
    asked: int
    beyond: int


@dataclass(frozen=True)
class Outcome:
    """The newest complete check with what it found."""

    check: Check
    groups: list[Group]

    @property
    def total(self) -> int:
        """Everything it found, kept or counted."""
        return sum(group.found + group.beyond for group in self.groups)

    @property
    def unrepaired(self) -> int:
        """What is not in order yet, as far as is known."""
        return sum(group.to_repair + group.asked + group.beyond for group in self.groups)


def outcome_if_known() -> Outcome | None:
    """Likewise; None also while the records can't be read."""
    try:
        return outcome()
    except Unavailable as error:
        log.warning("what the last check found is not known", error=str(error))
        return None


def outcome() -> Outcome | None:
    """The newest complete check, None when there was none. Raises CatalogueUnavailable."""
    check = parts().checks.last()
    if check is None:
        return None
    counts = parts().findings.counts(check.id)
    groups = [
        Group(
            fault=fault,
            words=WORDS[fault],
            found=sum(counts.get((fault, state), 0) for state in TOLD),
            to_repair=sum(counts.get((fault, state), 0) for state in TO_REPAIR),
            asked=counts.get((fault, FindingState.ASKED), 0),
            beyond=check.beyond.get(fault, 0),
        )
        for fault in Fault
    ]
    return Outcome(check, [group for group in groups if group.found or group.beyond])


@bp.get("/ops/consistency")
@operator_required
def page(_viewer: Viewer) -> Any:
    """The last check and the one that is running."""
    return render_template(
        "operators/consistency.html",
        outcome=outcome(),
        running=parts().checks.running(),
        acts=parts().findings.acts(ACTS),
        sample=SAMPLE,
    )


@bp.post("/ops/consistency/checks")
@acting_required
def begin(me: Viewer) -> Any:
    """Has a check begin; one that is running is left alone."""
    full_hash = request.form.get("full_hash") == "yes"
    if ask_for_check(parts(), Operator(me.username, Way.PAGE), full_hash=full_hash):
        flash("A worker begins within a minute.", "success")
    else:
        flash("A check is running already.", "info")
    return redirect(url_for(".page"), 303)


@bp.get("/ops/consistency/findings")
@operator_required
def findings(me: Viewer) -> Any:
    """What the last check found of one fault, in the order in which it was seen."""
    group = next((g for g in _outcome().groups if g.fault == request.args.get("fault")), None)
    if group is None:
        raise not_found()
    found = parts().findings.of(_outcome().check.id, group.fault, TOLD, cursor(), PAGE + 1)
    shown = found[:PAGE]
    more = url_for(".findings", fault=group.fault, cursor=shown[-1].id) if len(found) > PAGE else None
    return render_template(
        "operators/consistency_findings.html",
        group=group,
        found=shown,
        next_url=more,
        can_repair=[f.id for f in shown if f.state in TO_REPAIR and me.is_operator],
    )


@bp.get("/ops/consistency/confirm")
@acting_required
def confirm(_viewer: Viewer) -> Any:
    """What will happen, and to how many; nothing happens yet."""
    check, fault, chosen = _chosen(request.args)
    return render_template(
        "operators/consistency_confirm.html",
        check=check,
        fault=fault,
        words=WORDS[fault],
        chosen=chosen,
        ticked="ticked" in request.args,
    )


@bp.post("/ops/consistency/repairs")
@acting_required
def repair(me: Viewer) -> Any:
    """Asks for what the confirmation counted: by ids, or all that a check found of a fault, which never grows."""
    check, fault, chosen = _chosen(request.form)
    if request.form.get("check") != str(check.id):
        flash("Another check has ended meanwhile. Nothing was asked for: look at what it found.", "error")
    elif not chosen:
        flash("Nothing is left to repair: it was asked for already, or is done.", "info")
    else:
        subject = chosen[0].suspect.subject if len(chosen) == 1 else WORDS[fault].title
        ids = [finding.id for finding in chosen]
        flash(told(ask_for_repair(parts(), Operator(me.username, Way.PAGE), ids, subject)), "success")
    return redirect(url_for(".page"), 303)


def told(act: RepairAct) -> str:
    """What came of an act, so that it adds up."""
    words = [f"{act.repaired:,} repaired", f"{act.gone:,} in order meanwhile", f"{act.failed:,} not repaired"]
    if act.waiting:
        words.append(f"{act.waiting:,} waiting for a worker, who comes within a minute")
    return f"Asked for {act.asked:,}: {', '.join(words)}."


def _outcome() -> Outcome:
    known = outcome()
    if known is None:
        raise not_found()
    return known


def _chosen(given: MultiDict[str, str]) -> tuple[Check, Fault, list[Finding]]:
    """The last check, and what of one fault is chosen and can be repaired: what is ticked, or all."""
    check = parts().checks.last()
    if check is None or given.get("fault") not in tuple(Fault):
        raise not_found()
    fault = Fault(given["fault"])
    if "ticked" not in given:
        return check, fault, list(to_repair(parts().findings, check.id, fault))
    ids = [parsed for text in given.getlist("id")[:PAGE] if (parsed := parse_id(text))]
    known = parts().findings.find_many(ids)
    mine = [f for f in known if f.check_id == check.id and f.suspect.fault is fault and f.state in TO_REPAIR]
    return check, fault, mine
