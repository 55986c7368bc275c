"""Images and hostile files made in code, all small and the same on every run."""

import struct
import zlib
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin

from shared.domain.refusals import Rejected
from worker.imaging import DEFAULT_LIMITS, Limits, decoders, process  # noqa: F401 -- Pillow knows HEIC by them

FORMATS = ("jpeg", "png", "webp", "gif", "avif", "heic")


def picture(width: int = 96, height: int = 64) -> Image.Image:
    """An RGB image whose four quarters differ, with texture, so that turns and damage show."""
    return _picture(width, height).copy()


@cache
def _picture(width: int, height: int) -> Image.Image:
    noise = Image.effect_noise((width, height), 40).convert("RGB")
    flat = Image.new("RGB", (width, height), (200, 40, 40))
    flat.paste((40, 200, 40), (width // 2, 0, width, height // 2))
    flat.paste((40, 40, 200), (0, height // 2, width // 2, height))
    flat.paste((220, 220, 60), (width // 2, height // 2, width, height))
    gradient = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    return Image.blend(flat, Image.blend(noise, gradient, 1.0), 0.2)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, {"heic": "heif"}.get(kind, kind).upper(), **options)
    return out.getvalue()


def sample(kind: str) -> bytes:
    return encoded(picture(), kind)


def decoded(data: bytes) -> list[bytes]:
    """The pixels of every frame as RGBA."""
    with Image.open(BytesIO(data)) as image:
        frames = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            frames.append(image.convert("RGBA").tobytes())
        return frames


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def frames_of(data: bytes) -> int:
    """As Pillow counts them."""
    frames: int = getattr(opened(data), "n_frames", 1)
    return frames


def reason(data: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    """The code with which `data` is rejected, or "processed"."""
    try:
        process(data, limits)
    except Rejected as rejected:
        return rejected.code
    return "processed"


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with segments behind its start mark."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def many_scans(scans: int) -> bytes:
    """A progressive grey JPEG whose last refinement scan is repeated."""
    jpeg = encoded(picture().convert("L"), "jpeg", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * scans + b"\xff\xd9"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """The PNG with chunks behind its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def bare_png(
    width: int, height: int, depth: int, colour: int, rows: bytes, interlaced: bool = False
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP"
    for name, content in chunks:
        body += name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff_chunks(webp: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 12
    while at < len(webp):
        name, length = struct.unpack_from("<4sI", webp, at)
        chunks.append((name, webp[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    return chunks


def huge_webp(width: int, height: int) -> bytes:
    """34 bytes that announce a lossless image of one colour."""
    bits = (width - 1) | (height - 1) << 14
    return riff((b"VP8L", b"\x2f" + struct.pack("<I", bits) + b"\x88\x88\x08\0\0\0\0\0"))


def animation(kind: str, frames: int = 3, **options: Any) -> bytes:
    """Frames that differ in colour: Pillow merges equal ones."""
    images = [Image.new("RGB", (24, 16), (80 * i % 256, 31 * i % 256, 200)) for i in range(frames)]
    return encoded(images[0], kind, save_all=True, append_images=images[1:], duration=40, **options)


def many_gif_frames(frames: int) -> bytes:
    gif = encoded(Image.new("P", (1, 1)), "gif")
    start = gif.rindex(b",")
    return gif[:start] + gif[start:-1] * frames + b";"


def exif(orientation: int = 1) -> bytes:
    """EXIF as a camera writes it: orientation, a maker and a place."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "SECRET-CAMERA"
    block.get_ifd(0x8825).update({1: "N", 2: (47.0, 3.0, 7.0), 29: "SECRET-DATE"})
    return block.tobytes()


def text_chunks() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "SECRET-AUTHOR")
    info.add_itxt("XML:com.adobe.xmp", "SECRET-XMP")
    return info
