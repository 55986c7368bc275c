"""Decodes HEIC by libheif, which crops and turns pictures itself."""

import pillow_heif
from PIL import Image, ImageFile

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import Container
from worker.imaging.decoders.common import decoder_speaks, every_frame

# No threads: each would want a stack and an arena of the child's bounded memory.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=0)
PLUGIN = pillow_heif.HeifImageFile


def decode(image: ImageFile.ImageFile, container: Container) -> Image.Image:
    """Decode the picture. Raises Rejected (`corrupt`), MemoryError."""
    with decoder_speaks():
        image.load()
    if image.size != (container.width, container.height):  # the boxes said otherwise than the pixels
        raise Rejected(Refusal.CORRUPT)
    return every_frame(image, container)
