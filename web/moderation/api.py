"""Reporting, moderating, and an owner's notices."""

from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.inputs import id_in_body
from web.http.parts import parts
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
    ReportImage,
)

routes = Routes()


@routes.add(
    "POST",
    "/images/<image_id>/reports",
    access=Access.PERSON,
    answer=Answer(204, "It is reported."),
    problems=("already_reported", "not_found", "taken_back", "too_many_reports"),
)
def report_image(viewer: Viewer, image_id: ImageId, body: ReportImage) -> None:
    """Report an image.

    Moderators look at it. Each person reports an image once.
    """
    deciding.report(viewer, image_id, body.reason, body.text)


@routes.add(
    "GET",
    "/moderation/reports",
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


@routes.add(
    "POST",
    "/moderation/acts",
    access=Access.MODERATOR,
    answer=Answer(201, "It is done and recorded, now or by an earlier try.", ActResource),
    problems=("acted_meanwhile", "not_found", "not_possible"),
)
def act_on_image(viewer: Viewer, body: ActOnImage) -> ActResource:
    """Hide, restore or remove an image, warn its owner, or dismiss its reports.

    What is hidden is seen by its owner and moderators alone. What is removed is erased, without an undo. The owner
    reads reason and note. An act sent twice is done once.
    """
    done = deciding.act(viewer, id_in_body(body.image_id), body.verb, body.reason, body.note, body.state)
    return ActResource.of(done)


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
