"""Why what a person sends is refused for good, at once or after a look at it: stable codes and their sentences."""

from enum import StrEnum
from typing import Self

from shared.domain import albums, limits
from shared.domain.formats import labels


class Refusal(StrEnum):
    """One reason: its code, which programs read, and its sentence for people.

    Braces in a sentence stand for facts that are only known where it is said, as an installation's limits are.
    """

    sentence: str

    def __new__(cls, code: str, sentence: str) -> Self:
        """A row: code and sentence."""
        row = str.__new__(cls, code)
        row._value_ = code
        row.sentence = sentence
        return row

    # the file
    EMPTY = "empty", "This file is empty."
    UNSUPPORTED_TYPE = "unsupported_type", f"This is not a {labels('or')} image, whatever its name says."
    NOT_AN_IMAGE = "not_an_image", "This file is not an image."
    TOO_LARGE = "too_large", "This file is larger than {megabytes} MB, which is the most."
    TOO_MANY_PIXELS = "too_many_pixels", "This image has more pixels than the portal accepts."
    SIDE_TOO_LONG = "side_too_long", "One side of this image is longer than the portal accepts."
    TOO_MANY_FRAMES = "too_many_frames", "This animation has more frames than the portal accepts."
    TOO_MANY_SCANS = "too_many_scans", "This JPEG is split into more scans than the portal accepts."
    TOO_MANY_CHUNKS = "too_many_chunks", "This file is split into more pieces than the portal accepts."
    TOO_EXPENSIVE = "too_expensive", "This file needs more memory or time to open than the portal allows."
    CORRUPT = "corrupt", "This file is damaged: it can't be read as an image."
    TRUNCATED = "truncated", "This file is incomplete: its end is missing."

    BARRED = "barred", "This picture was removed before, and a moderator does not let it be shared again."
    DISCARDED = (
        "discarded",
        "We could not process this file, and an operator gave it up. Nothing of it is kept; you may send it again.",
    )

    # its owner
    OVER_QUOTA = "over_quota", "This image does not fit into what you may have published at once."

    # what comes with the file
    CAPTION_TOO_LONG = (
        "caption_too_long",
        f"This caption has {{characters:,}} characters; {limits.MAX_CAPTION_CHARACTERS:,} are the most.",
    )
    ALT_TOO_LONG = (
        "alt_too_long",
        f"This alternative text has {{characters:,}} characters; {limits.MAX_ALT_CHARACTERS:,} are the most.",
    )
    UNKNOWN_LICENCE = "unknown_licence", "There is no licence «{licence}». Known: {known}."
    TITLE_TOO_LONG = (
        "title_too_long",
        f"This title has {{characters:,}} characters; {albums.MAX_TITLE_CHARACTERS} are the most.",
    )
    DESCRIPTION_TOO_LONG = (
        "description_too_long",
        f"This description has {{characters:,}} characters; {albums.MAX_DESCRIPTION_CHARACTERS:,} are the most.",
    )
    UNKNOWN_ALBUM = "unknown_album", "You have no album with this id."
    ALBUM_FULL = (
        "album_full",
        f"An album holds at most {albums.MAX_ALBUM_IMAGES:,} images. None was added.",
    )
    INVALID_IDEMPOTENCY_KEY = (
        "invalid_idempotency_key",
        f"An Idempotency-Key has at most {limits.MAX_IDEMPOTENCY_KEY_CHARACTERS} characters.",
    )
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency_key_reused",
        "This Idempotency-Key was used for another file. Use a new one.",
    )

    # the form
    INCOMPLETE = "incomplete", "This form ended in the middle of a file. Send it again."
    ONE_FILE = "one_file", "Send exactly one file, in the field «file»."
    TOO_MANY_FILES = (
        "too_many_files",
        f"Choose at most {limits.MAX_FILES_PER_FORM} files at once. None was kept.",
    )
    TOO_SLOW = "too_slow", "This form took too long to arrive. Send fewer files at once."


class Rejected(Exception):
    """Permanent: the file itself is at fault. Recorded with its code and sentence, never retried."""

    def __init__(self, code: Refusal, message: str | None = None) -> None:
        """`message` replaces the code's sentence when it can say more."""
        self.code = code
        self.message = message or code.sentence
        super().__init__(f"{code}: {self.message}")
