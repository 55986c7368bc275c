"""What people write about images and albums, judged the same wherever they write it: with a file, on a page, over the
API."""

from shared.domain.albums import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    clean_description,
    clean_title,
)
from shared.domain.licences import BY_CODE
from shared.domain.limits import MAX_ALT_CHARACTERS, MAX_CAPTION_CHARACTERS, clean_alt, clean_caption
from shared.domain.refusals import Refusal
from web.http.problems import refuse


def kept_caption(text: str) -> str:
    """A caption as it is kept. Raises a 422 Problem when it is too long."""
    caption = clean_caption(text)
    if len(caption) > MAX_CAPTION_CHARACTERS:
        raise refuse(Refusal.CAPTION_TOO_LONG, characters=len(caption))
    return caption


def kept_alt(text: str) -> str:
    """An alternative text as it is kept. Raises a 422 Problem when it is too long."""
    alt = clean_alt(text)
    if len(alt) > MAX_ALT_CHARACTERS:
        raise refuse(Refusal.ALT_TOO_LONG, characters=len(alt))
    return alt


def kept_licence(code: str) -> str:
    """A licence's code. Raises a 422 Problem for a licence that there isn't."""
    if code not in BY_CODE:
        raise refuse(Refusal.UNKNOWN_LICENCE, licence=code[:40], known=", ".join(BY_CODE))
    return code


def kept_title(text: str) -> str:
    """An album's title as it is kept, perhaps empty. Raises a 422 Problem when it is too long."""
    title = clean_title(text)
    if len(title) > MAX_TITLE_CHARACTERS:
        raise refuse(Refusal.TITLE_TOO_LONG, characters=len(title))
    return title


def kept_description(text: str) -> str:
    """An album's description as it is kept. Raises a 422 Problem when it is too long."""
    description = clean_description(text)
    if len(description) > MAX_DESCRIPTION_CHARACTERS:
        raise refuse(Refusal.DESCRIPTION_TOO_LONG, characters=len(description))
    return description


KEPT = {"caption": kept_caption, "alt": kept_alt, "licence": kept_licence}
"""By the field's name."""
