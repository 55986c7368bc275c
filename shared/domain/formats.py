"""The formats that are accepted, in one table: told by a file's first bytes and never by its name.

A new format is a row here and a module in worker/imaging/formats/; pages, API, keys and worker read the table.
"""

import re
from dataclasses import dataclass
from typing import Literal

HEAD_BYTES = 64  # HEIF names its kind in a list of brands, of which nobody writes more than a dozen
MAX_EXTENSION_CHARACTERS = 5  # what follows a dot and is longer is a part of the name: «at the sea v2.final»

FormatName = Literal["jpeg", "png", "webp", "gif", "avif", "heic"]


@dataclass(frozen=True)
class Format:
    """One image format.

    `label`: as people read it. `extensions`: those that people's files may keep; stored files get the first.
    `magic`: a pattern for the first bytes of a file, HEAD_BYTES at most; of two that fit, the first row's counts.
    `also_media_types`: what browsers call such files besides. `is_shown`: whether all browsers show it.
    `is_opaque`: whether nothing behind it can be seen through it.
    """

    name: FormatName
    label: str
    media_type: str
    extensions: tuple[str, ...]
    magic: bytes
    also_media_types: tuple[str, ...] = ()
    is_shown: bool = True
    is_opaque: bool = False

    @property
    def accepted(self) -> tuple[str, ...]:
        """By what a file chooser knows such files: media types, and extensions for browsers that know no type."""
        return (self.media_type, *self.also_media_types, *(f".{extension}" for extension in self.extensions))

    @property
    def extension(self) -> str:
        """What stored files get."""
        return self.extensions[0]


JPEG = Format("jpeg", "JPEG", "image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), rb"\xff\xd8\xff", is_opaque=True)
PNG = Format("png", "PNG", "image/png", ("png", "apng"), rb"\x89PNG\r\n\x1a\n")
WEBP = Format("webp", "WebP", "image/webp", ("webp",), rb"RIFF....WEBP")
GIF = Format("gif", "GIF", "image/gif", ("gif",), rb"GIF8[79]a")
# A file of HEIF's general brands says in the list behind them which of the two it is.
AVIF = Format(
    "avif", "AVIF", "image/avif", ("avif",), rb"....ftyp(avi[fs]|(mif1|msf1|miaf)....(....)*?avi[fs])"
)
HEIC = Format(
    "heic",
    "HEIC",
    "image/heic",
    ("heic", "heif", "hif"),
    rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1|miaf)",
    ("image/heif",),
    is_shown=False,
)
FORMATS = (JPEG, PNG, WEBP, GIF, AVIF, HEIC)
BY_NAME: dict[str, Format] = {known.name: known for known in FORMATS}


def sniff(head: bytes) -> Format | None:
    """The format that a file's first HEAD_BYTES bytes show, or None."""
    return next((known for known in FORMATS if re.match(known.magic, head, re.DOTALL)), None)


def labels(conjunction: str) -> str:
    """All of them in a sentence: «JPEG, PNG or GIF»."""
    *others, last = (known.label for known in FORMATS)
    return f"{', '.join(others)} {conjunction} {last}"


@dataclass(frozen=True)
class Unsupported:
    """A kind of picture that people have and the portal can't take yet; its files begin with `magic`."""

    label: str
    magic: bytes

    @property
    def sentence(self) -> str:
        """What its sender is told."""
        return f"{self.label} pictures can't be taken yet. Save this one as JPEG and send that."


UNSUPPORTED = tuple(Unsupported("TIFF", magic) for magic in (b"II*\0", b"MM\0*"))


def unsupported(head: bytes) -> Unsupported | None:
    """Which of them a file's first HEAD_BYTES bytes show, or None."""
    return next((kind for kind in UNSUPPORTED if head.startswith(kind.magic)), None)


def download_name(filename: str, format_name: str) -> str:
    """The name under which an image is saved: the uploader's, with an extension that says what the bytes are.

    The name is its uploader's word alone: a picture that is called `holiday.hta` would run when it is opened.
    """
    known = BY_NAME[format_name]
    if not _ends_with_one_of(filename, known.extensions):
        stem, dot, extension = filename.rpartition(".")
        if dot and len(extension) <= MAX_EXTENSION_CHARACTERS and extension.isascii() and extension.isalnum():
            filename = stem
    if _ends_with_one_of(filename, known.extensions):
        return filename
    return f"{filename.rstrip('. ') or 'image'}.{known.extension}"


def _ends_with_one_of(filename: str, extensions: tuple[str, ...]) -> bool:
    _, dot, extension = filename.rpartition(".")
    return bool(dot) and extension.lower() in extensions
