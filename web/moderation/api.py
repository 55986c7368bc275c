"""Reporting, moderating, and an owner's notices."""

from shared.domain.ids import parse_id
from shared.domain.moderation import Verb
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import not_found
from web.moderation import deciding
from web.moderation.listing import notices_of, wanted_acts
from web.moderation.schema import (
    ActId,
    ActList,
    ActOnImage,
    ActResource,
    AnswerNotice,
    CaseList,
    CaseResource,
    ImageId,
    ListActs,
    ListReports,
    NoticeList,
    NoticeResource,
    Reported,
    ReportImage,
)
from web.moderation.words import state_of

routes = Routes()
DONE = Answer(201, "It is done and recorded, now or by an earlier try.", ActResource)
REFUSED = ("acted_meanwhile", "not_found", "not_possible")


@routes.add(
    "POST",
    "/images/<image_id>/reports",
    access=Access.PERSON,
    answer=Answer(201, "It is reported.", Reported),
    problems=("already_reported", "not_found", "taken_back", "too_many_reports"),
)
def report_image(viewer: Viewer, image_id: ImageId, body: ReportImage) -> Reported:
    """Report an image.

    Moderators look at it. Each person reports an image once.
    """
    deciding.report(viewer, image_id, body.reason, body.text)
    return Reported(image_id=image_id, reason=body.reason)


@routes.add(
    "GET",
    "/reports",
    access=Access.MODERATOR,
    answer=Answer(200, "Images with open reports, longest waiting first.", CaseList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_reports(query: ListReports) -> CaseList:
    """What is reported.

    Grouped by image. `state` goes with each act on it.
    """
    found = parts().reports.cases(query.cursor, query.limit + 1)
    shown = found[: query.limit]
    more = len(found) > query.limit
    return CaseList(
        items=[CaseResource.of(case) for case in shown],
        next_cursor=str(shown[-1].first_id) if more else None,
    )


@routes.add("POST", "/images/<image_id>/hide", access=Access.MODERATOR, answer=DONE, problems=REFUSED)
def hide_image(viewer: Viewer, image_id: ImageId, body: ActOnImage) -> ActResource:
    """Hide an image.

    It is seen by its owner and moderators alone. The owner reads reason and note. An act sent twice is done once.
    """
    return _act(viewer, image_id, Verb.HIDE, body)


@routes.add("POST", "/images/<image_id>/unhide", access=Access.MODERATOR, answer=DONE, problems=REFUSED)
def unhide_image(viewer: Viewer, image_id: ImageId, body: ActOnImage) -> ActResource:
    """Show a hidden image again."""
    return _act(viewer, image_id, Verb.RESTORE, body)


@routes.add("POST", "/images/<image_id>/remove", access=Access.MODERATOR, answer=DONE, problems=REFUSED)
def remove_image(viewer: Viewer, image_id: ImageId, body: ActOnImage) -> ActResource:
    """Remove an image.

    It is erased, without an undo.
    """
    return _act(viewer, image_id, Verb.REMOVE, body)


@routes.add("POST", "/images/<image_id>/warn", access=Access.MODERATOR, answer=DONE, problems=REFUSED)
def warn_owner(viewer: Viewer, image_id: ImageId, body: ActOnImage) -> ActResource:
    """Warn an image's owner."""
    return _act(viewer, image_id, Verb.WARN, body)


@routes.add("POST", "/images/<image_id>/dismiss", access=Access.MODERATOR, answer=DONE, problems=REFUSED)
def dismiss_reports(viewer: Viewer, image_id: ImageId, body: ActOnImage) -> ActResource:
    """Dismiss an image's reports."""
    return _act(viewer, image_id, Verb.DISMISS, body)


def _act(viewer: Viewer, image_id: str, verb: Verb, body: ActOnImage) -> ActResource:
    known = parse_id(image_id)
    if known is None:
        raise not_found("This image")
    state = body.state or state_of(deciding.case_of(image_id).seen)
    return ActResource.of(deciding.act(viewer, known, verb, body.reason, body.note, state))


@routes.add(
    "GET",
    "/moderation/acts",
    access=Access.MODERATOR,
    answer=Answer(200, "Acts, newest first.", ActList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_acts(query: ListActs) -> ActList:
    """What moderators did: the audit.

    Lines are only ever added to it.
    """
    wanted = wanted_acts(query.verb, query.moderator, query.image_id)
    found = parts().moderation.acts(wanted, query.cursor, query.limit + 1)
    items = [ActResource.of(act) for act in found[: query.limit]]
    return ActList(items=items, next_cursor=items[-1].id if len(found) > query.limit else None)


@routes.add(
    "GET",
    "/notices",
    access=Access.PERSON,
    answer=Answer(200, "Notices, newest first.", NoticeList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_notices(viewer: Viewer, query: ListReports) -> NoticeList:
    """What moderators did to images of yours, and why."""
    found = parts().moderation.acts(notices_of(viewer), query.cursor, query.limit + 1)
    items = [NoticeResource.of(act) for act in found[: query.limit]]
    return NoticeList(items=items, next_cursor=items[-1].id if len(found) > query.limit else None)


@routes.add(
    "POST",
    "/notices/<act_id>/answer",
    access=Access.PERSON,
    answer=Answer(204, "It is recorded, now or by an earlier try."),
    problems=("already_answered", "not_found"),
)
def answer_notice(viewer: Viewer, act_id: ActId, body: AnswerNotice) -> None:
    """Answer a notice.

    Once; moderators read it.
    """
    deciding.answer(viewer, act_id, body.text)
