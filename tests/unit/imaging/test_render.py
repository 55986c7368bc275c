"""Renditions: sizes, turns, colours, and what they must not carry."""

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat

from shared.domain import formats
from tests.unit.imaging.samples import (
    FORMATS,
    animation,
    bare_png,
    encoded,
    exif,
    frames_of,
    many_gif_frames,
    opened,
    picture,
    reason,
    sample,
)
from worker.imaging import process
from worker.imaging.render import _to_srgb

pytestmark = pytest.mark.slow


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference per channel, 0 to 255."""
    pixels = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return max(ImageStat.Stat(pixels).mean)


PHOTOS = (formats.JPEG, formats.AVIF, formats.HEIC)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_small_image_is_never_enlarged(kind: str) -> None:
    processed = process(sample(kind))
    for one in (processed.thumbnail, processed.preview):
        assert (one.width, one.height) == (96, 64)
        assert opened(one.data).size == (96, 64)
        assert difference(opened(one.data), picture()) < 12


@pytest.mark.parametrize("kind", FORMATS)
def test_a_tile_fits_800_pixels_in_the_previews_format(kind: str) -> None:
    data = encoded(picture(1500, 1000), kind)
    processed = process(data)
    assert processed.tile
    assert (processed.tile.width, processed.tile.height) == (800, 533)
    assert processed.tile.format is processed.preview.format
    assert opened(processed.tile.data).size == (800, 533)
    assert difference(opened(processed.tile.data), opened(data).resize((800, 533))) < 12


def test_an_image_no_larger_than_a_tile_has_none() -> None:
    assert process(encoded(picture(800, 600), "jpeg")).tile is None
    assert process(encoded(picture(801, 600), "jpeg")).tile is not None


@pytest.mark.parametrize("known", formats.FORMATS)
def test_formats_are_named_as_they_are(known: formats.Format) -> None:
    processed = process(sample(known.name))
    assert processed.format is known
    assert processed.preview.format is (formats.JPEG if known in PHOTOS else formats.WEBP)
    assert processed.thumbnail.format is formats.WEBP
    for one in (processed.thumbnail, processed.preview):
        assert Image.MIME[opened(one.data).format or ""] == one.format.media_type


@pytest.mark.parametrize(
    ("width", "height", "preview"),
    [
        (4032, 3024, (2016, 1512)),  # half
        (6000, 100, (2250, 38)),  # three eighths
        (2600, 100, (2600, 100)),  # whole
        (100, 2608, (63, 1630)),  # five eighths
        (12_000, 80, (2000, 13)),  # no step of the DCT lands in the range
    ],
)
def test_a_jpeg_preview_has_the_size_its_dct_gives_for_free(
    width: int, height: int, preview: tuple[int, int]
) -> None:
    processed = process(encoded(Image.new("RGB", (width, height), "teal"), "jpeg"))
    assert (processed.width, processed.height) == (width, height)
    assert (processed.preview.width, processed.preview.height) == preview
    assert max(processed.thumbnail.width, processed.thumbnail.height) == 400


@pytest.mark.slow
def test_other_large_images_are_fitted() -> None:
    processed = process(encoded(Image.new("RGB", (3000, 1500), "teal"), "png"))
    assert (processed.preview.width, processed.preview.height) == (2000, 1000)
    assert (processed.thumbnail.width, processed.thumbnail.height) == (400, 200)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heic"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_applied(kind: str, orientation: int) -> None:
    data = encoded(picture(), kind, exif=exif(orientation), **({"lossless": True} if kind == "webp" else {}))
    upright = ImageOps.exif_transpose(opened(data))

    processed = process(data)

    assert (processed.width, processed.height) == upright.size
    for one in (processed.thumbnail, processed.preview):
        assert opened(one.data).size == upright.size
        assert difference(opened(one.data), upright) < 12


@pytest.mark.parametrize("kind", FORMATS)
def test_one_pixel_is_an_image(kind: str) -> None:
    processed = process(encoded(Image.new("RGB", (1, 1), "#2266aa"), kind))
    assert (processed.width, processed.height, processed.thumbnail.width, processed.preview.height) == (
        1,
        1,
        1,
        1,
    )
    assert difference(Image.new("RGB", (1, 1), processed.colour), Image.new("RGB", (1, 1), "#2266aa")) < 5


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif"])
def test_an_image_of_one_row_is_an_image(kind: str) -> None:
    processed = process(encoded(Image.new("L", (15_000, 1), 90), kind))
    assert (processed.thumbnail.width, processed.thumbnail.height) == (400, 1)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_every_png_mode_keeps_its_look(mode: str) -> None:
    image = picture().quantize(200) if mode == "P" else picture().convert(mode)
    data = encoded(image, "png")
    processed = process(data)
    assert difference(opened(processed.thumbnail.data), opened(data)) < 12


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_jpegs_keep_their_look(mode: str) -> None:
    data = encoded(picture().convert(mode), "jpeg")
    processed = process(data)
    for one in (processed.thumbnail, processed.preview):
        assert difference(opened(one.data), opened(data)) < 8


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    rows = b"".join(b"\0" + bytes((value, 0)) * 16 for value in range(0, 256, 16))
    thumbnail = opened(process(bare_png(16, 16, 16, 0, rows)).thumbnail.data).convert("L")
    seen = thumbnail.resize((1, 16), Image.Resampling.BOX).tobytes()
    assert all(abs(value - 16 * row) < 12 for row, value in enumerate(seen))


def test_a_palette_is_blended_not_picked_from() -> None:
    stripes = Image.frombytes(
        "1", (2720, 400), b"\x55" * (340 * 400)
    )  # wide enough for the preview to shrink
    thumbnail = opened(process(encoded(stripes.convert("P"), "png")).thumbnail.data).convert("L")
    assert all(100 < value < 155 for value in thumbnail.tobytes())


def test_nothing_is_handed_from_a_decoded_image_to_an_encoder() -> None:
    image = picture()
    image.info = {"comment": b"SECRET", "exif": exif(), "icc_profile": swapped_profile()}
    assert _to_srgb(image, None).info == {}


@pytest.mark.parametrize("kind", ["png", "gif", "webp"])
def test_transparency_is_kept(kind: str) -> None:
    image = picture().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 48, 64))
    if kind == "png":
        image = image.quantize(16)
    processed = process(encoded(image, kind))
    for one in (processed.thumbnail, processed.preview):
        alpha = opened(one.data).getchannel("A")
        assert (alpha.getpixel((8, 32)), alpha.getpixel((88, 32))) == (0, 255)


def test_transparency_by_one_colour_is_kept() -> None:
    data = encoded(Image.new("RGB", (8, 8), (1, 2, 3)), "png", transparency=(1, 2, 3))
    assert opened(process(data).thumbnail.data).getextrema()[-1] == (0, 0)


def test_hidden_colours_do_not_bleed_into_edges() -> None:
    image = Image.new("RGBA", (1200, 1200), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (601, 0, 1200, 1200))
    thumbnail = opened(process(encoded(image, "png")).thumbnail.data)
    seen = Image.alpha_composite(Image.new("RGBA", thumbnail.size, "white"), thumbnail)
    red, _, blue = (seen.getchannel(name).crop((196, 0, 204, 400)).tobytes() for name in "RGB")
    assert all(one <= other for one, other in zip(red, blue, strict=True))


def test_an_opaque_alpha_channel_is_not_carried_along() -> None:
    assert opened(process(encoded(picture().convert("RGBA"), "png")).preview.data).mode == "RGB"


def swapped_profile() -> bytes:
    """A profile whose red and green are exchanged: nobody can miss whether it was applied."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tags = {
        profile[at : at + 4]: at for at in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)
    }
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    table = bytearray(profile)
    table[red : red + 4], table[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(table).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_colours_are_converted_to_srgb_and_the_profile_stays_out(kind: str) -> None:
    processed = process(encoded(Image.new("RGB", (32, 32), "red"), kind, icc_profile=swapped_profile()))
    for one in (processed.thumbnail, processed.preview):
        image = opened(one.data)
        assert "icc_profile" not in image.info
        assert difference(image, Image.new("RGB", (32, 32), "lime")) < 6
    assert difference(Image.new("RGB", (1, 1), processed.colour), Image.new("RGB", (1, 1), "lime")) < 6


def test_transparency_survives_colour_conversion() -> None:
    data = encoded(Image.new("RGBA", (32, 32), (255, 0, 0, 128)), "png", icc_profile=swapped_profile())
    thumbnail = opened(process(data).thumbnail.data)
    assert difference(thumbnail, Image.new("RGB", (32, 32), "lime")) < 6
    assert thumbnail.getextrema()[-1] == (128, 128)


@pytest.mark.parametrize("profile", [b"nonsense", swapped_profile()[:300]])
def test_an_unreadable_profile_counts_as_none(profile: bytes) -> None:
    processed = process(encoded(picture(), "jpeg", icc_profile=profile))
    assert difference(opened(processed.preview.data), picture()) < 12


def test_a_profile_for_other_colours_counts_as_none() -> None:
    processed = process(encoded(picture().convert("CMYK"), "jpeg", icc_profile=swapped_profile()))
    assert difference(opened(processed.preview.data), picture()) < 12


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_the_first_frame_stands_for_an_animation(kind: str) -> None:
    processed = process(animation(kind))
    assert difference(opened(processed.thumbnail.data), Image.new("RGB", (24, 16), (0, 0, 200))) < 8


def test_a_png_whose_default_image_is_outside_its_animation_is_accepted() -> None:
    data = animation("png", frames=4, default_image=True)
    assert frames_of(process(data).original) == frames_of(data)


def test_a_gif_of_many_frames_within_the_limits_passes() -> None:
    assert reason(many_gif_frames(400)) == "processed"


def test_the_average_colour_sees_transparency_over_white() -> None:
    assert process(encoded(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "png")).colour == "#ffffff"
    assert process(encoded(Image.new("RGB", (9, 9), "#808080"), "png")).colour == "#808080"


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_bytes_give_the_same_bytes(kind: str) -> None:
    assert process(sample(kind)) == process(sample(kind))


@pytest.mark.slow
def test_a_photo_of_fifty_megapixels_passes() -> None:
    image = picture(860, 580).resize((8600, 5800), Image.Resampling.NEAREST)
    assert reason(encoded(image, "jpeg", progressive=True)) == "processed"


def test_pillow_s_own_limit_follows_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert reason(sample("png")) == "processed"


def test_the_placeholder_is_what_a_glance_sees() -> None:
    picture = Image.new("RGB", (400, 300), "#2266aa")
    picture.paste("#ffcc00", (300, 200, 400, 300))  # the last field of the grid
    colours = process(encoded(picture, "png")).placeholder
    assert len(colours) == 36
    assert colours[:3].hex() == "2266aa"
    assert colours[-3:].hex() == "ffcc00"
    assert process(encoded(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "png")).placeholder == b"\xff" * 36
