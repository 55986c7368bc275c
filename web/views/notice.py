"""A notice as its owner reads it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.domain.moderation import NOTICES, Act, Answer, Verb
from shared.ports.moderation import Moderation, Wanted

_TOLD = {
    Verb.HIDE: "A moderator hid this image. You see it, and moderators do.",
    Verb.RESTORE: "A moderator restored this image. Everybody sees it again.",
    Verb.REMOVE: "A moderator removed this image for good.",
    Verb.WARN: "A moderator warns you about this image.",
}


@dataclass(frozen=True)
class NoticeView:
    """What happened, why, and what was answered. No moderator's name."""

    id: str
    image_id: UUID
    verb: Verb
    at: datetime
    sentence: str
    reason: str
    note: str
    answer: Answer | None

    @classmethod
    def of(cls, act: Act) -> "NoticeView":
        """From the audit's line."""
        return cls(
            id=str(act.id),
            image_id=act.image_id,
            verb=act.verb,
            at=act.at,
            sentence=_TOLD[act.verb],
            reason=act.reason.words if act.reason else "",
            note=act.note,
            answer=act.answer,
        )


def last_notice(moderation: Moderation, image_id: UUID) -> NoticeView | None:
    """The newest about an image, unless all is well since."""
    found = moderation.acts(Wanted(image_id=image_id, verbs=NOTICES), None, 1)
    return NoticeView.of(found[0]) if found and found[0].verb is not Verb.RESTORE else None
