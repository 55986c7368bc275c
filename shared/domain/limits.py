"""Limits on what people type and send that are the product's, not an installation's."""

MAX_CAPTION_CHARACTERS = 2000
MAX_ALT_CHARACTERS = 1000
MAX_FILENAME_CHARACTERS = 200
MAX_FILES_PER_FORM = 20  # of the plain form; scripts send each file by itself
MAX_FULL_SIZE_FILES_PER_FORM = 8  # all its files together are as large as that many of the largest
FORM_OVERHEAD_BYTES = 1024 * 1024  # captions, and what a form puts around its files
MAX_RECEIVING_SECONDS = (
    30 * 60
)  # for one request's files; staged bytes without a manifest are removed after an hour
MAX_IDEMPOTENCY_KEY_CHARACTERS = 200


def form_bytes(files: int, max_upload_bytes: int) -> int:
    """What a request with so many files may hold: one that is too large is read to its end, so that its sender can
    read the answer, up to twice the limit."""
    return min(2 * files, MAX_FULL_SIZE_FILES_PER_FORM) * max_upload_bytes + FORM_OVERHEAD_BYTES


def clean_caption(text: str) -> str:
    """A caption without control characters (line breaks stay) and outer space. Markup stays: it is only text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or c.isprintable() or c in "\u200d\u200c").strip()


def clean_alt(text: str) -> str:
    """An alternative text: as a caption is cleaned, and on one line."""
    return " ".join(clean_caption(text).split())


def clean_filename(name: str) -> str:
    """The last part of a path that a browser may have sent, without control characters, at most 200 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(c for c in last if c.isprintable()).strip().strip(".").strip()
    if len(printable) > MAX_FILENAME_CHARACTERS:
        stem, dot, extension = printable.rpartition(".")
        kept = extension[:10] if dot else ""
        printable = f"{(stem or printable)[: MAX_FILENAME_CHARACTERS - 11]}{'.' + kept if kept else ''}"
    return printable or "image"
