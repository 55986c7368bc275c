"""One edit of many images: each by itself, so that one that can't be edited stops no other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.domain.editing import Changes, with_hashtags
from shared.domain.limits import MAX_CAPTION_CHARACTERS
from shared.domain.refusals import Refusal
from shared.domain.terms import hashtags
from shared.parts import WebParts
from shared.ports.editing import Edited
from web.http.problems import Problem

MAX_SELECTED = 100
MAX_HASHTAGS = 20
TRIES = 3  # when somebody edits an image in between


@dataclass(frozen=True)
class Outcome:
    """What became of one image: its version now, or the code of what kept it from being edited."""

    image_id: str
    version: int | None = None
    problem: str | None = None


def kept_hashtags(texts: Iterable[str]) -> tuple[str, ...]:
    """Hashtags with or without their #, each once. Raises a 422 Problem for what is none, or for too many."""
    found: dict[str, None] = {}
    for text in texts:
        bare = text.strip().removeprefix("#")
        tags = hashtags(f"#{bare}")
        if len(tags) != 1 or tags[0] != bare.casefold():
            raise Problem(
                422, "invalid_hashtag", f"«{bare[:40]}» can't be a hashtag: letters, digits and _ alone."
            )
        found[tags[0]] = None
    if len(found) > MAX_HASHTAGS:
        raise Problem(422, "invalid_hashtag", f"Add at most {MAX_HASHTAGS} hashtags at once.")
    return tuple(found)


def edit_each(
    parts: WebParts, owner: UUID, image_ids: Sequence[UUID], licence: str | None, tags: Sequence[str]
) -> list[Outcome]:
    """Give each of the owner's images the licence and the hashtags that it lacks. Repeating it changes nothing more.

    Raises CatalogueUnavailable, after which some may have been edited.
    """
    return [_edit(parts, owner, image_id, licence, tags) for image_id in dict.fromkeys(image_ids)]


def _edit(parts: WebParts, owner: UUID, image_id: UUID, licence: str | None, tags: Sequence[str]) -> Outcome:
    image = parts.images.with_hidden([image_id]).get(image_id)
    for _ in range(TRIES):
        if image is None or image.owner != owner:
            return Outcome(str(image_id), problem="not_found")
        caption = with_hashtags(image.caption, tags)
        if len(caption) > MAX_CAPTION_CHARACTERS:
            return Outcome(str(image_id), problem=Refusal.CAPTION_TOO_LONG)
        answer = parts.editing.edit(
            image_id, owner, {image.version}, Changes(caption=caption, licence=licence)
        )
        if isinstance(answer, Edited):
            return Outcome(str(image_id), version=answer.image.version)
        image = answer.image if answer else None
    return Outcome(str(image_id), problem="changed_meanwhile")
