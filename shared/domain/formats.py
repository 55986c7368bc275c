"""The formats that are accepted, told by a file's first bytes and never by its name."""

HEAD_BYTES = 12


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
