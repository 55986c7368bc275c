"""Where each published object lives: a pure function of the manifest, so that a step done twice is done once."""

import re
import unicodedata

from shared.domain.formats import Format
from shared.domain.manifest import Manifest

_UNSAFE = re.compile(r"[^a-z0-9]+")


def slug(filename: str) -> str:
    """A readable ASCII part for keys: at most 60 letters, digits and dashes; «image» when nothing remains."""
    stem = filename.rsplit(".", 1)[0] if "." in filename[1:] else filename
    folded = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return _UNSAFE.sub("-", folded).strip("-")[:60].strip("-") or "image"


def final_key(kind: str, manifest: Manifest, known: Format) -> str:
    """The unique key of an original or rendition: `<kind>/<slug>_<timestamp>_<id>.<ext>`."""
    stamp = manifest.accepted_at.strftime("%Y%m%d%H%M%S%f")
    name = f"{slug(manifest.filename)}_{stamp}_{manifest.upload_id}"
    return f"{kind}/{name}.{known.extension}"
