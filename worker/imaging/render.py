"""From one decoded image to what pages show: thumbnail, preview and a colour to wait with."""

import json
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms

from shared.domain.formats import BY_NAME, JPEG, WEBP, Format
from worker.imaging.container import Container
from worker.imaging.decode import fitted, opened
from worker.imaging.formats import module_of
from worker.imaging.limits import Limits

THUMBNAIL_SIDE = 400  # pixels
_QUALITY = 80
# Method 2 is the knee: 4 and 6 take 2 to 4 times the time for 1 to 5 % fewer bytes.
_WEBP_METHOD = 2
_OUT_OF_MEMORY = (
    "encoding error 1",
    "encoding error 2",
)  # VP8_ENC_ERROR_OUT_OF_MEMORY and its bitstream twin

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True)
class Rendition:
    """An encoded image in sRGB without metadata; `width` and `height` in pixels."""

    data: bytes
    width: int
    height: int
    format: Format


@dataclass(frozen=True)
class Rendered:
    """What decoding gave; `colour` is the average as "#rrggbb", transparency seen over white."""

    colour: str
    thumbnail: Rendition
    preview: Rendition


def render(known: Format, container: Container, limits: Limits) -> Rendered:
    """Decode all of a stripped file and draw its renditions, upright and in sRGB.

    The preview of a photo's format is a JPEG, all else and what is transparent WebP: at 3 megapixels WebP takes
    16 times the encoding time, twice as long as all other work on a 12-megapixel photo together, to save a sixth of
    the bytes.
    Raises Rejected (`corrupt`), MemoryError. Sets Pillow's own pixel limit for the process.
    """
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    module = module_of(known)
    file = opened(module.PLUGIN, container)
    profile = file.info.get("icc_profile")
    image = _to_srgb(module.decode(file, container), profile)
    if container.orientation in _TURNS:
        image = image.transpose(_TURNS[container.orientation])
    thumbnail = image.resize(fitted(image.size, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    preview = _jpeg(image) if module.PREVIEW is JPEG and image.mode == "RGB" else _webp(image)
    return Rendered(_average(thumbnail), _webp(thumbnail), preview)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image in sRGB as RGB or RGBA; an unreadable or unsuitable profile counts as none, as in browsers."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            # By its name alone, to save a third of the work on most photos: a lie spoils only its own colours.
            if image.mode == "CMYK" or not ImageCms.getProfileDescription(source).startswith("sRGB"):
                image = ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError):
            pass
    image = image.convert(mode)
    image.info.clear()  # Pillow's encoders write profiles and comments they find there
    return image


def _average(image: Image.Image) -> str:
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    dot = image.resize((1, 1), Image.Resampling.BOX)
    return "#" + dot.tobytes().hex()


def _webp(image: Image.Image) -> Rendition:
    out = BytesIO()
    try:
        image.save(out, "WEBP", quality=_QUALITY, method=_WEBP_METHOD)
    except ValueError as error:
        if str(error) in _OUT_OF_MEMORY:
            raise MemoryError from error
        raise
    return Rendition(out.getvalue(), *image.size, WEBP)


def _jpeg(image: Image.Image) -> Rendition:
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return Rendition(out.getvalue(), *image.size, JPEG)


def pack(rendered: Rendered) -> bytes:
    """Write a Rendered as a line of JSON and two bodies; not pickle, because a hostile file's process speaks."""
    bodies = (rendered.thumbnail, rendered.preview)
    sizes = [(one.width, one.height, one.format.name, len(one.data)) for one in bodies]
    return json.dumps([rendered.colour, *sizes]).encode() + b"\n" + b"".join(one.data for one in bodies)


def unpack(packed: bytes) -> Rendered:
    """Read what pack wrote."""
    line, _, bodies = packed.partition(b"\n")
    colour, (width, height, name, length), (wide, high, preview_name, _) = json.loads(line)
    return Rendered(
        colour,
        Rendition(bodies[:length], width, height, BY_NAME[name]),
        Rendition(bodies[length:], wide, high, BY_NAME[preview_name]),
    )
