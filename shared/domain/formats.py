"""The formats that are accepted: told by a file's first bytes and never by its name."""

from dataclasses import dataclass

HEAD_BYTES = 12
MAX_EXTENSION_CHARACTERS = 5  # what follows a dot and is longer is a part of the name: «at the sea v2.final»


@dataclass(frozen=True)
class Format:
    """One image format. `extension` is what stored files get; `extensions` are those that people's files may keep."""

    name: str
    label: str
    media_type: str
    extension: str
    extensions: tuple[str, ...]


JPEG = Format("jpeg", "JPEG", "image/jpeg", "jpg", ("jpg", "jpeg", "jpe", "jfif"))
PNG = Format("png", "PNG", "image/png", "png", ("png", "apng"))
WEBP = Format("webp", "WebP", "image/webp", "webp", ("webp",))
GIF = Format("gif", "GIF", "image/gif", "gif", ("gif",))
FORMATS = (JPEG, PNG, WEBP, GIF)
BY_NAME = {known.name: known for known in FORMATS}
BY_MEDIA_TYPE = {known.media_type: known for known in FORMATS}


def sniff(head: bytes) -> str | None:
    """«jpeg», «png», «webp» or «gif» by the magic bytes, else None. Needs the first HEAD_BYTES bytes."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    return None


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
