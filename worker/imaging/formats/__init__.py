"""What the imaging knows of each format: one module a format, all with the same names.

`read` walks the container and `decode` makes an image of what it leaves; both refuse damage, each in its own way.
"""

from typing import Protocol

from PIL import Image, ImageFile

from shared.domain.formats import Format
from worker.imaging.container import Container
from worker.imaging.formats import avif, gif, heic, jpeg, png, webp
from worker.imaging.limits import Limits


class FormatModule(Protocol):
    """The names of a format's module.

    `PLUGIN`: what Pillow opens it with. `PREVIEW`: the format of its previews, where they are opaque.
    """

    @property
    def PLUGIN(self) -> type[ImageFile.ImageFile]: ...  # noqa: N802 -- a constant of a module

    @property
    def PREVIEW(self) -> Format: ...  # noqa: N802 -- a constant of a module

    def read(self, data: bytes, limits: Limits) -> Container:
        """Walk the container; return its facts and the file without metadata. Raises Rejected."""

    def decode(self, image: ImageFile.ImageFile, container: Container) -> Image.Image:
        """Decode all of an opened file; return its first frame, long side at most 2600 pixels.

        Mode L, RGB, RGBA or CMYK; orientation isn't applied. Raises Rejected (`corrupt`), MemoryError.
        """


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
