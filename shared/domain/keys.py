"""Where each published object lives: a pure function of the manifest, so that a step done twice is done once."""

import hashlib
import re
import unicodedata
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from shared.domain.formats import Format
from shared.domain.ids import parse_id
from shared.domain.manifest import Manifest

Kind = Literal["images", "previews", "thumbnails", "tiles"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_UNSAFE = re.compile(r"[^a-z0-9]+")


def slug(filename: str) -> str:
    """A readable ASCII part for keys: at most 60 letters, digits and dashes; «image» when nothing remains."""
    stem = filename.rsplit(".", 1)[0] if "." in filename[1:] else filename
    folded = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return _UNSAFE.sub("-", folded).strip("-")[:60].strip("-") or "image"


def final_key(kind: Kind, manifest: Manifest, known: Format) -> str:
    """The unique key of an original or rendition: `<kind>/<slug>_<timestamp>_<id>.<ext>`."""
    return final_key_of(kind, manifest.filename, manifest.accepted_at, manifest.upload_id, known)


def final_key_of(kind: Kind, filename: str, accepted_at: datetime, upload_id: UUID, known: Format) -> str:
    """Likewise, for when there is no manifest at hand."""
    return f"{_stem(kind, filename, accepted_at, upload_id)}.{known.extension}"


def final_prefixes(filename: str, accepted_at: datetime, upload_id: UUID) -> list[str]:
    """What every key that an attempt may put an object under begins with, whatever the format; and no other key."""
    return [f"{_stem(kind, filename, accepted_at, upload_id)}." for kind in KINDS]


def remade_key(kind: Kind, original_key: str, run_id: UUID, data: bytes, known: Format) -> str:
    """Of a rendition that is made anew: the original's name with a tag of the run and the bytes. It is found where
    `final_prefixes` look, and one that was given up never comes back: what browsers keep under a key stays true."""
    tag = hashlib.sha256(run_id.bytes + data).hexdigest()[:16]
    return f"{kind}/{original_key.partition('/')[2].partition('.')[0]}.{tag}.{known.extension}"


def upload_of(key: str) -> UUID | None:
    """Whose object a final key names; None for what is no final key."""
    return parse_id(key.rpartition("_")[2].partition(".")[0])


def _stem(kind: str, filename: str, accepted_at: datetime, upload_id: UUID) -> str:
    return f"{kind}/{slug(filename)}_{accepted_at.strftime('%Y%m%d%H%M%S%f')}_{upload_id}"
