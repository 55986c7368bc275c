"""File names that every system takes."""

import re
import unicodedata

MAX_BYTES = 150  # of 255 that most file systems allow: more comes around it
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def safe_name(filename: str) -> str:
    """The name without what some system gives a meaning, its stem cut short; never empty, never a folder's."""
    clean = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", filename))
    stem, dot, extension = clean.rpartition(".") if "." in clean[1:] else (clean, "", "")
    stem = stem.encode("utf-8", "replace")[:MAX_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"{stem or 'image'}{dot}{extension[:10]}" if extension else stem or "image"
