"""What makes pictures of files, format by format. Loaded in the sandbox alone, before the first file comes."""

from collections.abc import Callable
from dataclasses import dataclass

# Imported by name: Image.open would import them on demand, in a child that can open almost nothing.
from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from shared.domain.formats import JPEG, WEBP, Format
from worker.imaging.container import Container
from worker.imaging.decoders import heic, jpeg, png
from worker.imaging.decoders.common import every_frame

AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each would want a stack and an arena of the child's bounded memory


@dataclass(frozen=True)
class Decoder:
    """`plugin`: what Pillow opens a format's files with. `preview`: the format of its previews, where they are opaque.

    `decode` takes an opened file and what the walk told of it, decodes all of it and returns its first frame: mode L,
    RGB, RGBA or CMYK, long side at most 2600 pixels, orientation not applied. It raises Rejected (`corrupt`),
    MemoryError.
    """

    plugin: type[ImageFile.ImageFile]
    preview: Format
    decode: Callable[[ImageFile.ImageFile, Container], Image.Image] = every_frame


def decoder_of(known: Format) -> Decoder:
    """The decoder of a format. A name without one doesn't pass the type check."""
    match known.name:
        case "jpeg":
            return Decoder(JpegImagePlugin.JpegImageFile, JPEG, jpeg.decode)
        case "png":
            return Decoder(PngImagePlugin.PngImageFile, WEBP, png.decode)
        case "webp":
            return Decoder(WebPImagePlugin.WebPImageFile, WEBP)
        case "gif":
            return Decoder(GifImagePlugin.GifImageFile, WEBP)
        case "avif":
            return Decoder(AvifImagePlugin.AvifImageFile, JPEG)
        case "heic":
            return Decoder(heic.PLUGIN, JPEG, heic.decode)
