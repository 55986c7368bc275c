"""Which files of a folder are images, and what they hold."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EXTENSIONS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif", ".avif"}
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Found:
    """What a folder holds: images, by path relative to it, and notes on what is left out."""

    images: list[str]
    notes: list[str]


def find(folder: Path, *, recursive: bool) -> Found:
    """Images in the order of their paths. Hidden files and symbolic links are left out, and named in the notes."""
    found = Found([], [])
    for path in _walk(folder, recursive, found.notes):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() in EXTENSIONS:
            found.images.append(name)
    found.images.sort()
    return found


def _walk(folder: Path, recursive: bool, notes: list[str]) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            path = Path(entry.path)
            if entry.name.startswith("."):
                notes.append(f"{path}: hidden, left out")
            elif entry.is_symlink():
                notes.append(f"{path}: a symbolic link, left out")
            elif entry.is_dir():
                if recursive:
                    yield from _walk(path, recursive, notes)
            elif entry.is_file():
                yield path


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes; raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
