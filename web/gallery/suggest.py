"""Suggestions while somebody types: people, hashtags and words that begin so, with how many images they would find."""

from dataclasses import dataclass

from shared.domain.terms import TAG, USER, WORD, Term, fold, user_term
from web.gallery.query import MAX_QUERY_CHARACTERS
from web.http.parts import parts

EACH = 3  # of people, of hashtags and of words; twice as many where only one kind is meant
COUNTED = 100  # a number beyond it says «many», and costs no more
LEAST_CHARACTERS = 2  # of a word without a mark
MARKS = {USER: "@", TAG: "#", WORD: ""}


@dataclass(frozen=True)
class Suggested:
    """`text` as it would be typed; `query` is all that was typed, with it in the last word's place; `images` is exact
    unless there are `more`."""

    kind: str
    text: str
    query: str
    images: int
    more: bool


def suggest(typed: str) -> list[Suggested]:
    """For the last word of what was typed so far; none after a space."""
    *before, last = typed[-MAX_QUERY_CHARACTERS:].rsplit(maxsplit=1) or [""]
    beginnings = _beginnings(last) if typed and not typed[-1].isspace() else []
    if not beginnings:
        return []
    each = EACH if len(beginnings) > 1 else 2 * EACH
    found = parts().images.suggest(beginnings, each, COUNTED)
    texts = [MARKS[suggestion.term[0]] + suggestion.term[1] for suggestion in found]
    return [
        Suggested(s.term[0], text, " ".join([*before, text]), s.images, s.images >= COUNTED)
        for s, text in zip(found, texts, strict=True)
        if text != last
    ]


def _beginnings(last: str) -> list[Term]:
    if last.startswith("@"):
        return [user_term(last[1:])]
    if last.startswith("#"):
        return [(TAG, fold(last[1:]))]
    folded = fold(last)
    if len(folded) < LEAST_CHARACTERS:
        return []
    return [user_term(last), (TAG, folded), (WORD, folded)]
