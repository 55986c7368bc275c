"""What an owner may change of a published image, and what was granted when."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.images import Image
from shared.domain.terms import hashtags, tag_term

FIELDS = ("caption", "alt", "licence")


@dataclass(frozen=True)
class Changes:
    """What is to be otherwise, cleaned and within the limits; None leaves a field as it is."""

    caption: str | None = None
    alt: str | None = None
    licence: str | None = None

    def applied(self, image: Image) -> Image:
        """The next version of the image; the image itself when all is as wanted already."""
        wanted = {name: value for name in FIELDS if (value := getattr(self, name)) is not None}
        edited = replace(image, **wanted)
        if edited == image:
            return image
        return replace(edited, hashtags=hashtags(edited.caption), version=image.version + 1)


def with_hashtags(caption: str, tags: Iterable[str]) -> str:
    """The caption with those hashtags that it lacks at its end; `tags` without their #."""
    has = {tag_term(tag) for tag in hashtags(caption)}
    lacking = [f"#{tag}" for tag in tags if tag_term(tag) not in has]
    return " ".join([caption, *lacking] if caption else lacking)


def changed_fields(before: Image, after: Image) -> tuple[str, ...]:
    """The names of the fields that differ."""
    return tuple(name for name in FIELDS if getattr(before, name) != getattr(after, name))


def summary(before: Image, after: Image) -> str:
    """An edit as a line of the timeline: which fields, and of the licence what it was. Captions are not repeated:
    people edit to have words gone."""
    said = {name: name for name in changed_fields(before, after)}
    if "licence" in said:
        said["licence"] = f"licence from {before.licence} to {after.licence}"
    return f"version {after.version}: {', '.join(said.values())}"


@dataclass(frozen=True)
class Grant:
    """A licence that an image has from a moment on until its next grant. `at`: UTC, by the database's clock."""

    version: int
    licence: str
    at: datetime
