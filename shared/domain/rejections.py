"""Why an upload can be refused for good: stable codes, each with a sentence for people."""

from shared.domain.formats import labels

SENTENCES = {
    "not_an_image": "This file is not an image.",
    "unsupported_format": f"Only {labels('and')} images can be shared.",
    "too_many_pixels": "This image has more pixels than the portal accepts.",
    "side_too_long": "One side of this image is longer than the portal accepts.",
    "too_many_frames": "This animation has more frames than the portal accepts.",
    "too_many_scans": "This JPEG is split into more scans than the portal accepts.",
    "too_many_chunks": "This file is split into more pieces than the portal accepts.",
    "corrupt": "This file is damaged: it can't be read as an image.",
    "truncated": "This file is incomplete: its end is missing.",
    "empty": "This file is empty.",
    "too_expensive": "This file needs more memory or time to open than the portal allows.",
}


class Rejected(Exception):
    """Permanent: the file itself is at fault. Recorded with its code and sentence, never retried."""

    def __init__(self, code: str, message: str | None = None) -> None:
        """`code` is a key of SENTENCES; `message` replaces its sentence when it can say more."""
        self.code = code
        self.message = message or SENTENCES[code]
        super().__init__(f"{code}: {self.message}")
