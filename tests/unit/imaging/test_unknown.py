"""What files are called that are none of the accepted formats."""

import pytest

from tests.unit.imaging.samples import encoded, picture, reason
from worker.imaging.unknown import rejection


def test_an_empty_file_is_called_empty() -> None:
    assert reason(b"") == "empty"


@pytest.mark.parametrize(
    "data",
    [
        b"holiday.jpg",
        b"GIF",
        b"BM is how this letter starts",
        b"\0" * 100,
        b"%PDF-1.7",
        b"\0\0\0\x18ftypmp42",
        b"P1",
    ],
)
def test_what_is_no_image_is_called_so(data: bytes) -> None:
    assert reason(data) == "not_an_image"


@pytest.mark.parametrize("kind", ["tiff", "bmp", "ico", "jpeg2000", "ppm", "qoi", "dds"])
def test_images_of_other_formats_are_unsupported(kind: str) -> None:
    assert reason(encoded(picture(), kind)) == "unsupported_type"


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
        b"8BPS\0\1",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn -->\n<svg >",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"MM\0*\0\0\0\x08",
    ],
)
def test_formats_that_pillow_cannot_write_are_unsupported_too(data: bytes) -> None:
    assert reason(data) == "unsupported_type"


@pytest.mark.parametrize("text", [b"<!---->", b"<!--", b"<?xml ", b" ", b"P1 \n"])
def test_repeated_text_is_looked_at_only_once(text: bytes) -> None:
    assert rejection(text * 100_000).code == "not_an_image"
