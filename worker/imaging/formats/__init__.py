"""What the imaging knows of each format: one module a format, all with the same names.

They are Python alone: what decodes is in `worker.imaging.decoders`.
"""

from typing import Protocol

from shared.domain.formats import Format
from worker.imaging.container import Container
from worker.imaging.formats import avif, gif, heic, jpeg, png, webp
from worker.imaging.limits import Limits


class FormatModule(Protocol):
    """The names of a format's module."""

    def read(self, data: bytes, limits: Limits) -> Container:
        """Walk the container; return its facts and the file without metadata. Raises Rejected."""


def module_of(known: Format) -> FormatModule:
    """The module of a format. A name without one doesn't pass the type check."""
    match known.name:
        case "jpeg":
            return jpeg
        case "png":
            return png
        case "webp":
            return webp
        case "gif":
            return gif
        case "avif":
            return avif
        case "heic":
            return heic
