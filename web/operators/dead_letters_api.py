"""What operators' programs do to failed uploads and to the dead-letter queue."""

from shared.domain.ids import parse_id
from shared.domain.operator_acts import Operator, Verb, Way
from shared.operating.acting import act_on
from shared.operating.dead_letters import Kept, Seen, keep, look, may, move
from shared.operating.failed import Choice, chosen
from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.http.problems import Problem
from web.operators.asking import asked
from web.operators.dead_letters import MOST, SHOWN
from web.operators.dead_letters_schema import (
    ActOnDeadLetters,
    ActOnMessages,
    DeadLetterList,
    FailedUploadResource,
    GroupResource,
    ListDeadLetters,
    MessageList,
    OutcomeResource,
)

routes = Routes()
GROUPS = 100
MOST_OF_A_CHOICE = 1000
"""Uploads in one call: each costs S3, MySQL and SQS a call, together about ten milliseconds."""
DONE = Answer(200, "What became of all that was asked for.", OutcomeResource)


@routes.add(
    "GET",
    "/dead-letters",
    access=Access.OPERATOR,
    answer=Answer(200, "Groups, or the uploads of one.", DeadLetterList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_dead_letters(query: ListDeadLetters) -> DeadLetterList:
    """Failed uploads: what SQS has given up, by reason.

    With `reason` the uploads of that group.
    """
    failed = parts().failed_uploads
    groups = failed.groups(GROUPS, query.span) if query.reason is None else []
    found = (
        failed.of(query.reason, query.cursor, query.limit + 1, query.span) if query.reason is not None else []
    )
    items = [FailedUploadResource.of(upload) for upload in found[: query.limit]]
    return DeadLetterList(
        count=failed.count(query.reason, query.span),
        groups=[GroupResource.of(group) for group in groups],
        items=items,
        next_cursor=items[-1].id if len(found) > query.limit else None,
    )


@routes.add("POST", "/dead-letters/redrive", access=Access.OPERATOR, answer=DONE)
def redrive_dead_letters(viewer: Viewer, body: ActOnDeadLetters) -> OutcomeResource:
    """Send failed uploads again.

    1,000 at most in one call, the oldest first; `left` says how many stay failed. Sent twice it does nothing twice.
    """
    return _act(viewer, Verb.REDRIVE, body)


@routes.add("POST", "/dead-letters/discard", access=Access.OPERATOR, answer=DONE)
def discard_dead_letters(viewer: Viewer, body: ActOnDeadLetters) -> OutcomeResource:
    """End failed uploads that can't be mended.

    As many in one call as for redriving. Their owners read that an operator gave them up.
    """
    return _act(viewer, Verb.DISCARD, body)


def _act(viewer: Viewer, verb: Verb, body: ActOnDeadLetters) -> OutcomeResource:
    if sum((bool(body.ids), body.reason is not None, body.all)) != 1:
        raise Problem(422, "invalid_field", "Give exactly one of ids, reason and all.")
    ids = [parse_id(text) for text in body.ids]
    known = tuple(dict.fromkeys(i for i in ids if i))
    if None in ids:
        raise Problem(422, "invalid_field", "ids: one of them is no upload's id.")
    choice = Choice(known, body.reason, body.span)
    wanted = known or [upload.id for upload in chosen(parts(), choice, MOST_OF_A_CHOICE).uploads]
    result = act_on(parts(), Operator(viewer.username, Way.API), verb, wanted, choice.words)
    # What was done is told, even if the database has gone away meanwhile.
    left = 0 if known else asked(lambda: parts().failed_uploads.count(body.reason, body.span))
    return OutcomeResource.of(result, left)


@routes.add(
    "GET",
    "/dead-letters/messages",
    access=Access.OPERATOR,
    answer=Answer(200, "What one look found.", MessageList),
)
def list_dead_letter_messages() -> MessageList:
    """The dead-letter queue itself: 50 of its messages at most, and what the records say of each."""
    return MessageList.of(look(parts(), SHOWN))


@routes.add("POST", "/dead-letters/messages/redrive", access=Access.OPERATOR, answer=DONE)
def redrive_dead_letter_messages(viewer: Viewer, body: ActOnMessages) -> OutcomeResource:
    """Send messages of the dead-letter queue again whose uploads have no record.

    300 messages are looked at for them. Sent first and removed then: a message that comes twice does nothing twice.
    """
    return _move(viewer, Verb.REDRIVE, body)


@routes.add("POST", "/dead-letters/messages/discard", access=Access.OPERATOR, answer=DONE)
def discard_dead_letter_messages(viewer: Viewer, body: ActOnMessages) -> OutcomeResource:
    """Remove messages from the dead-letter queue that no failed upload explains.

    300 messages are looked at for them. No upload ends by that.
    """
    return _move(viewer, Verb.DISCARD, body)


def _move(viewer: Viewer, verb: Verb, body: ActOnMessages) -> OutcomeResource:
    if bool(body.ids) == (body.kind is not None):
        raise Problem(422, "invalid_field", "Give either ids or kind.")
    ids = set(body.ids)

    def wanted(seen: Seen) -> bool:
        return may(verb, seen.kind) and (seen.kind == body.kind if body.kind else seen.letter.id in ids)

    found = keep(parts(), wanted, MOST if body.kind else len(ids))
    kept = [Kept.of(seen) for seen in found.seen]
    missing = 0 if body.kind else len(ids) - len(kept)
    result = move(parts(), Operator(viewer.username, Way.API), verb, kept, missing)
    return OutcomeResource.of_messages(result, max(0, found.about - result.moved))
