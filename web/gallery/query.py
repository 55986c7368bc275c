"""Lists of images: from a request's parameters to a query, and from its answer to views."""

from dataclasses import dataclass
from uuid import UUID

from shared.domain.images import ImageQuery
from shared.domain.licences import BY_CODE
from shared.domain.refusals import Refusal
from shared.domain.terms import COMMERCIAL, LICENCE, Term, parse_query, tag_term, user_term
from web.http.parts import parts
from web.http.problems import Problem, refuse
from web.views.image import ImageView

MAX_QUERY_CHARACTERS = 200
MAX_QUERY_TERMS = 12


@dataclass(frozen=True)
class Asked:
    """What the parameters ask for, as typed."""

    q: str = ""
    user: str = ""
    tag: str = ""
    licence: str = ""
    commercial: bool = False

    @classmethod
    def of(cls, q: str, user: str, tag: str, licence: str, *, commercial: bool) -> "Asked":
        """What the parameters mean, however they came. Raises a 422 Problem for what can't be asked."""
        licence = licence.strip()
        if licence and licence not in BY_CODE:
            raise refuse(Refusal.UNKNOWN_LICENCE, f"There is no licence «{licence[:40]}».")
        asked = cls(
            q=q.strip()[:MAX_QUERY_CHARACTERS],
            user=user.strip().removeprefix("@").lower()[:30],
            tag=tag.strip().removeprefix("#")[:64],
            licence=licence,
            commercial=commercial,
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
        return frozenset(found)

    @property
    def is_unanswerable(self) -> bool:
        """Something was typed, but nothing that can be searched for («!!!»)."""
        return bool(self.q) and not parse_query(self.q)


@dataclass(frozen=True)
class Listing:
    """One page of views; `next_cursor` is the id to go on from."""

    items: list[ImageView]
    next_cursor: str | None


def list_images(asked: Asked, before: UUID | None, limit: int) -> Listing:
    """Newest first, from the cursor on."""
    if asked.is_unanswerable:
        return Listing([], None)
    page = parts().images.search(ImageQuery(asked.terms, before=before, limit=limit))
    views = [ImageView.of(image, parts().media) for image in page.items]
    return Listing(views, views[-1].id if page.more else None)
