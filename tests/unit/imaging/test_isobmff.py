"""HEIC and AVIF: what is kept of a file, and shapes that nobody should have to decode."""

import struct

import pytest
from PIL import Image

from shared.domain.formats import WEBP
from shared.domain.refusals import Rejected
from tests.unit.imaging.odd_heifs import SIDE, Item, grid, heif, ispe, tile
from tests.unit.imaging.samples import animation, decoded, encoded, opened, picture, reason, sample
from worker.imaging import Limits, process
from worker.imaging.isobmff.boxes import box, full_box

KINDS = pytest.mark.parametrize("kind", ["avif", "heic"])


def test_what_the_tests_build_is_accepted() -> None:
    processed = process(heif(tile()))
    assert (processed.format.name, processed.width, processed.height) == ("heic", SIDE, SIDE)
    assert process(heif(tile("avif"), brand=b"avif")).format.name == "avif"


def test_general_brands_are_told_apart_by_the_list_behind_them() -> None:
    assert process(heif(tile("avif"), brand=b"mif1", brands=b"miafavif")).format.name == "avif"
    assert process(heif(tile(), brand=b"mif1", brands=b"miafheic")).format.name == "heic"


def test_nothing_is_kept_but_the_picture() -> None:
    parts = [
        grid(1, 2, 2 * SIDE, SIDE, [2, 3], tail=b"SECRET-GRID"),
        tile(name=b"SECRET-NAME", properties=[*tile().properties, box(b"prVt", b"SECRET-PROPERTY")]),
        tile(properties=[ispe(SIDE, SIDE, b"SECRET-TAIL"), tile().properties[1]]),
        Item(b"Exif", b"SECRET-EXIF", references={b"cdsc": [1]}),
        Item(b"mime", b"SECRET-XMP", references={b"cdsc": [1]}),
        tile(content=tile().content + b"SECRET-THUMBNAIL", references={b"thmb": [1]}),
        tile(content=tile().content + b"SECRET-OTHER-PICTURE"),
        tile(content=b"SECRET-DEPTH", references={b"auxl": [1]}),
    ]
    data = heif(
        *parts,
        in_meta=box(b"uuid", b"SECRET-UUID"),
        behind=box(b"free", b"SECRET-FREE") + box(b"mpvd", b"SECRET-FILM") + b"SECRET-TRAILER",
    )

    processed = process(data)

    assert data.count(b"SECRET") == 14
    assert b"SECRET" not in processed.original
    assert (
        decoded(processed.original) == decoded(heif(grid(1, 2, 2 * SIDE, SIDE, [2, 3]), tile(), tile()))[:1]
    )
    assert process(processed.original) == processed


@KINDS
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_pixels_and_transparency_stay(kind: str, mode: str) -> None:
    image = picture().convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    data = encoded(image, kind)
    processed = process(data)
    assert decoded(processed.original) == decoded(data)
    assert (processed.preview.format is WEBP) is (mode == "RGBA")


def test_a_crop_and_a_turn_are_the_decoder_s_and_stay() -> None:
    crop = struct.pack(">8I", 48, 1, 32, 1, 0, 1, 0, 1)
    data = heif(tile(properties=[*tile().properties, box(b"clap", crop), box(b"irot", b"\1")]))
    processed = process(data)
    assert (processed.width, processed.height) == opened(processed.original).size == (32, 48)


def test_a_cropped_avif_is_refused_as_its_decoder_would_show_all_of_it() -> None:
    crop = box(b"clap", struct.pack(">8I", 48, 1, 32, 1, 0, 1, 0, 1))
    assert (
        reason(heif(tile("avif", properties=[*tile("avif").properties, crop]), brand=b"avif"))
        == "unsupported_type"
    )


def test_an_animation_is_refused_by_name() -> None:
    with pytest.raises(Rejected, match="Animated AVIF") as refused:
        process(animation("avif"))
    assert refused.value.code == "unsupported_type"


def test_of_several_pictures_the_first_is_published() -> None:
    data = encoded(
        picture(), "heic", save_all=True, append_images=[Image.new("RGB", (96, 64), "blue")], primary_index=0
    )
    assert decoded(process(data).original) == decoded(data)[:1]


@pytest.mark.slow
def test_four_hundred_tiles_are_a_picture() -> None:
    image = picture(20 * SIDE, 20 * SIDE)
    data = encoded(image, "heic", tile_size=SIDE)
    processed = process(data)
    assert data.count(b"infe") == 401
    assert decoded(processed.original) == decoded(data)


def test_one_tile_may_be_shown_many_times() -> None:
    assert process(heif(grid(20, 20, 20 * SIDE, 20 * SIDE, [2] * 400), tile())).width == 20 * SIDE


@pytest.mark.parametrize("named", ["items", "extents", "references", "properties", "boxes"])
def test_very_many_pieces_of_any_sort_are_refused(named: str) -> None:
    many = 100_000
    entry = full_box(b"infe", b"\0\1\0\0", b"hvc1\0", version=2)
    places = b"\0\1\0\0\0\1\0\0\0\0\0\0\0\1" * 65_535
    hostile = {
        "items": full_box(b"iinf", b"\0\0", entry * many),
        "extents": full_box(b"iloc", b"\x44\0\xff\xff", places),
        "references": full_box(b"iref", box(b"dimg", b"\0\1\xff\xff", bytes(2 * 65_535))),
        "properties": box(b"iprp", full_box(b"ipma", b"\0\0\xff\xff", (b"\0\1\1\0") * 65_535)),
        "boxes": box(b"free") * many,
    }
    assert reason(heif(tile(), in_meta=hostile[named])) == "too_many_chunks"


def test_more_items_than_decoders_take_are_refused() -> None:
    tiles = [tile()] * 1024
    assert reason(heif(grid(32, 32, 32 * SIDE, 32 * SIDE, [*range(2, 1026)]), *tiles)) == "too_many_chunks"


def test_boxes_in_boxes_are_not_followed() -> None:
    nest = b""
    for _ in range(3000):
        nest = box(b"meta", nest)
    assert reason(heif(tile(), in_meta=nest)) == "processed"


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ((1 << 31, 10), "truncated"),
        ((0, 1 << 31), "truncated"),
        ((0, 0), "corrupt"),
        ((4, 40), "corrupt"),
    ],
)
@KINDS
def test_bytes_that_lie_elsewhere_are_not_reached_for(kind: str, place: tuple[int, int], code: str) -> None:
    assert reason(heif(tile(kind, place=place), brand=kind.encode())) == code


def test_items_that_share_their_bytes_do_not_multiply_them() -> None:
    heavy = tile(content=tile().content + bytes(200_000))
    start = heif(heavy).index(tile().content)
    sharing = [tile(content=b"", place=(start, 200_000)) for _ in range(899)]
    assert reason(heif(grid(30, 30, 30 * SIDE, 30 * SIDE, [*range(2, 902)]), heavy, *sharing)) == "truncated"


@pytest.mark.parametrize("said", [(16, 16), (SIDE + 1, SIDE), (4000, 3000)])
def test_a_heic_whose_size_is_not_its_pixels_own_is_corrupt(said: tuple[int, int]) -> None:
    assert reason(heif(tile(properties=[ispe(*said), tile().properties[1]]))) == "corrupt"


@pytest.mark.parametrize("said", [(16, 16), (SIDE + 1, SIDE), (400, 300)])
def test_an_avif_is_scaled_to_the_size_it_says_as_in_browsers(said: tuple[int, int]) -> None:
    processed = process(
        heif(tile("avif", properties=[ispe(*said), tile("avif").properties[1]]), brand=b"avif")
    )
    assert (processed.width, processed.height) == opened(processed.preview.data).size == said


def test_pixels_behind_a_smaller_size_are_counted() -> None:
    data = encoded(Image.new("RGB", (1000, 600)), "avif")
    small = data.replace(ispe(1000, 600), ispe(10, 6))
    assert small != data
    assert reason(small, Limits(max_pixels=600_000)) == "processed"
    assert reason(small, Limits(max_pixels=599_999)) == "too_many_pixels"


def test_the_still_of_an_animation_that_calls_itself_a_still_is_published() -> None:
    data = animation("avif").replace(b"ftypavis", b"ftypavif")
    assert decoded(process(data).original) == decoded(data)
    assert reason(data, Limits(max_pixels=24 * 16 - 1)) == "too_many_pixels"


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (grid(256, 256, 40_000, 40_000, [2] * 65_535), "too_many_chunks"),
        (grid(2, 2, 40_000, 40_000, [2] * 4), "too_many_pixels"),
        (grid(2, 2, 2 * SIDE, 2 * SIDE, [2] * 3), "corrupt"),
        (grid(2, 2, SIDE, SIDE, [2] * 4), "corrupt"),
        (grid(2, 2, 2 * SIDE + 1, 2 * SIDE, [2] * 4), "corrupt"),
        (grid(1, 1, SIDE, SIDE, [1]), "unsupported_type"),
        (grid(1, 1, SIDE, SIDE, [9]), "unsupported_type"),
        (grid(1, 1, SIDE, SIDE, []), "unsupported_type"),
    ],
)
def test_grids_that_are_none_are_refused(shape: Item, code: str) -> None:
    assert reason(heif(shape, tile())) == code


def test_tiles_may_not_hide_more_pixels_than_the_picture_shows() -> None:
    limits = Limits(max_pixels=SIDE * SIDE)
    assert reason(heif(grid(1, 1, SIDE, 1, [2]), tile()), limits) == "processed"
    assert reason(heif(grid(3, 3, 2 * SIDE + 1, 2 * SIDE + 1, [2] * 9), tile()), limits) == "too_many_pixels"


def test_an_essential_property_that_nobody_knows_is_unsupported() -> None:
    strange = [*tile().properties, box(b"frob", b"")]
    assert reason(heif(tile(properties=strange, essential=True))) == "unsupported_type"
    assert reason(heif(tile(properties=strange))) == "processed"


@pytest.mark.parametrize(("kind", "brand"), [("avif", b"heic"), ("heic", b"avif")])
def test_pixels_of_another_kind_than_the_brand_says_are_unsupported(kind: str, brand: bytes) -> None:
    assert reason(heif(tile(kind), brand=brand)) == "unsupported_type"


@KINDS
def test_pixels_cut_short_inside_a_whole_container_are_corrupt(kind: str) -> None:
    content = tile(kind).content
    assert reason(heif(tile(kind, content=content[: len(content) // 4]), brand=kind.encode())) == "corrupt"


def test_a_box_to_the_end_of_the_file_and_a_long_one_are_read() -> None:
    data = sample("heic")
    at = data.index(b"mdat") - 4
    assert process(data[:at] + bytes(4) + data[at + 4 :]) == process(data)
    meta = data.index(b"meta") - 4
    long = struct.pack(">I4sQ", 1, b"meta", 1 << 62)
    assert reason(data[:meta] + long + data[meta + 8 :]) == "truncated"
