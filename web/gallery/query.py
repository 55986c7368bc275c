"""Lists of images: from a request's parameters to a query, and from its answer to views."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from shared.domain.dimensions import ORIENTATIONS, SIZES
from shared.domain.ids import first_id_of
from shared.domain.images import ImageQuery
from shared.domain.licences import BY_CODE
from shared.domain.refusals import Refusal
from shared.domain.terms import COMMERCIAL, LICENCE, ORIENTATION, SIZE, Term, parse_query, tag_term, user_term
from web.http.parts import parts
from web.http.problems import Problem, refuse
from web.views.image import ImageView

MAX_QUERY_CHARACTERS = 200
MAX_QUERY_TERMS = 12
EARLIEST, LATEST, EXAMPLE_DAY = date(1970, 1, 1), date(9998, 12, 31), "2026-05-31"


@dataclass(frozen=True)
class Asked:
    """What the parameters ask for, as typed."""

    q: str = ""
    user: str = ""
    tag: str = ""
    licence: str = ""
    commercial: bool = False
    orientation: str = ""
    size: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, typed: Mapping[str, str], *, commercial: bool) -> "Asked":
        """What the parameters mean, however they came: text by the names of the fields. Raises a 422 Problem for what
        can't be asked."""
        given = {name: text.strip() for name, text in typed.items()}
        if (licence := given.get("licence", "")) and licence not in BY_CODE:
            raise refuse(Refusal.UNKNOWN_LICENCE, f"There is no licence «{licence[:40]}».")
        asked = cls(
            q=given.get("q", "")[:MAX_QUERY_CHARACTERS],
            user=given.get("user", "").removeprefix("@").lower()[:30],
            tag=given.get("tag", "").removeprefix("#")[:64],
            licence=licence,
            commercial=commercial,
            orientation=_one_of("orientation", given, ORIENTATIONS),
            size=_one_of("size", given, SIZES),
            since=_day("since", given),
            until=_day("until", given),
        )
        if len(asked.terms) > MAX_QUERY_TERMS:
            raise Problem(422, "too_many_words", f"Search for at most {MAX_QUERY_TERMS} words at once.")
        return asked

    @property
    def terms(self) -> frozenset[Term]:
        """All that must match."""
        found = set(parse_query(self.q))
        if self.user:
            found.add(user_term(self.user))
        if self.tag:
            found.add(tag_term(self.tag))
        if self.licence:
            found.add((LICENCE, self.licence))
        if self.commercial:
            found.add(COMMERCIAL)
        if self.orientation:
            found.add((ORIENTATION, self.orientation))
        if self.size:
            found.add((SIZE, self.size))
        return frozenset(found)

    def query(self, before: UUID | None, limit: int) -> ImageQuery:
        """The question for what is older than `before`. Days are UTC's, both included; ids rise with time."""
        since = first_id_of(_midnight(self.since)) if self.since else None
        if self.until:
            after_until = first_id_of(_midnight(self.until) + timedelta(days=1))
            before = min(before, after_until) if before else after_until
        return ImageQuery(self.terms, before=before, since=since, limit=limit)

    @property
    def is_unanswerable(self) -> bool:
        """Something was typed, but nothing that can be searched for («!!!»)."""
        return bool(self.q) and not parse_query(self.q)


def _one_of(name: str, given: Mapping[str, str], known: Collection[str]) -> str:
    if (word := given.get(name, "")) and word not in known:
        raise Problem(422, "invalid_parameter", f"`{name}` is one of {', '.join(known)}.")
    return word


def _day(name: str, given: Mapping[str, str]) -> date | None:
    if not (text := given.get(name, "")):
        return None
    refused = Problem(422, "invalid_parameter", f"`{name}` is a day such as {EXAMPLE_DAY}.")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise refused from error
    if day.isoformat() != text or not EARLIEST <= day <= LATEST:  # 20260531 is ISO's too, and not ours
        raise refused
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True)
class Listing:
    """One page of views; `next_cursor` is the id to go on from."""

    items: list[ImageView]
    next_cursor: str | None


def list_images(asked: Asked, before: UUID | None, limit: int) -> Listing:
    """Newest first, from the cursor on."""
    if asked.is_unanswerable:
        return Listing([], None)
    page = parts().images.search(asked.query(before, limit))
    views = [ImageView.of(image, parts().media) for image in page.items]
    return Listing(views, views[-1].id if page.more else None)
