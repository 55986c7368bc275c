"""Words, hashtags and people: what an image is found by, and what a query asks for.

Both sides use the same folding, so that «Ærø», «ÆRØ» and «ærø» meet, «cafe» finds «Café», and text without spaces
(Chinese, Japanese, Korean) is found by any two neighbouring characters. One pass over the characters, no regular
expression: the cost is linear in the text, whatever it holds.
"""

import unicodedata
from collections.abc import Iterator

from shared.domain.dimensions import orientation_of, sizes_of
from shared.domain.licences import BY_CODE

WORD = "word"
TAG = "tag"
USER = "user"
LICENCE = "licence"
MAY = "may"
ORIENTATION = "shape"
SIZE = "size"
COMMERCIAL = (MAY, "commercial")

MAX_TERM_CHARACTERS = 64
MAX_TERMS = 400
Term = tuple[str, str]


def fold(text: str) -> str:
    """Case and accents removed: compatibility form, case-folded, combining diacritics (U+0300–036F) dropped."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def _is_word(c: str) -> bool:
    return c.isalnum() or c == "_" or unicodedata.category(c)[0] == "M"


def _is_cjk(c: str) -> bool:
    return (
        "\u3040" <= c <= "\u30ff"  # kana
        or "\u3400" <= c <= "\u9fff"  # Han
        or "\uf900" <= c <= "\ufaff"
        or "\uac00" <= c <= "\ud7a3"  # Hangul syllables
        or "\U00020000" <= c <= "\U0003ffff"
    )


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """(mark, word) for each run of word characters; mark is the `#` or `@` right before it, else ''."""
    start: int | None = None
    for i, c in enumerate(text + " "):
        if _is_word(c):
            start = i if start is None else start
        elif c in "'’" and start is not None and i + 1 < len(text) and text[i + 1].isalpha():
            continue  # an apostrophe inside a word: «don't» is one word
        elif start is not None:
            before = text[start - 1] if start else ""
            glued = start > 1 and _is_word(text[start - 2])  # «a#b» is no hashtag, «a@b.c» no person
            yield (before if before in "#@" and before and not glued else ""), text[start:i]
            start = None


def _grams(word: str) -> Iterator[str]:
    """A word as it is indexed: itself, or pairs of neighbours where it is CJK text."""
    piece = ""
    cjk = False
    for c in word + "\0":
        if piece and (c == "\0" or _is_cjk(c) != cjk):
            if cjk and len(piece) > 1:
                yield from (piece[i : i + 2] for i in range(len(piece) - 1))
            else:
                yield piece[:MAX_TERM_CHARACTERS]
            piece = ""
        cjk = _is_cjk(c)
        piece += c


def words(text: str) -> Iterator[str]:
    """The folded words of a text, in order, as the index holds them."""
    for _, run in _runs(fold(text)):
        for word in run.replace("'", "").replace("’", "").split("_"):
            if word:
                yield from _grams(word)


def hashtags(caption: str) -> tuple[str, ...]:
    """The hashtags of a caption as people read them: case-folded, accents kept, each once, in order."""
    shown = unicodedata.normalize("NFC", caption)
    found = (
        run.casefold()[:MAX_TERM_CHARACTERS]
        for mark, run in _runs(shown)
        if mark == "#" and any(c.isalpha() for c in run)
    )
    return tuple(dict.fromkeys(found))


def tag_term(tag: str) -> Term:
    """The term a hashtag is found by (without its `#`)."""
    return TAG, fold(tag)[:MAX_TERM_CHARACTERS]


def user_term(username: str) -> Term:
    """The term a person's images are found by."""
    return USER, username.lower()[:MAX_TERM_CHARACTERS]


def terms_of(username: str, filename: str, caption: str, licence: str, width: int, height: int) -> list[Term]:
    """Every term of one image of `width` times `height` pixels, each once; at most MAX_TERMS, caption before file
    name."""
    found: dict[Term, None] = {user_term(username): None, (LICENCE, licence): None}
    if BY_CODE[licence].commercial:
        found[COMMERCIAL] = None
    found[(ORIENTATION, orientation_of(width, height))] = None
    found.update(((SIZE, size), None) for size in sizes_of(width, height))
    found.update((tag_term(tag), None) for tag in hashtags(caption))
    # A one-character CJK query can't be a pair: single characters are indexed too.
    single = ((WORD, c) for c in fold(caption) if _is_cjk(c))
    stem = filename.rsplit(".", 1)[0]
    found.update(((WORD, word), None) for word in words(caption))
    found.update(((WORD, word), None) for word in words(stem))
    found.update((term, None) for term in single)
    return list(found)[:MAX_TERMS]


def parse_query(text: str) -> frozenset[Term]:
    """What a person typed: words, `#tag` and `@user`, all of which must match.

    A user name may hold dots and dashes, so `@` takes everything up to the next space.
    """
    found: set[Term] = set()
    for part in text.split():
        if part.startswith("@") and len(part) > 1:
            found.add(user_term(part[1:].rstrip(",;:!?")))
        elif part.startswith("#") and hashtags(part):
            found.update(tag_term(tag) for tag in hashtags(part))
        else:
            found.update((WORD, word) for word in words(part))
    return frozenset(found)
