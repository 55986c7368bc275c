"""The few colours of a record, as a browser is told them."""

import base64
import io

from PIL import Image

from tests.support_memory import World, file, small_photo
from web.views.placeholder import placeholder_url


def test_the_colours_are_a_picture_of_four_by_three() -> None:
    colours = bytes(range(36))
    address = placeholder_url(colours)
    assert address is not None
    assert len(address) < 200
    head, _, encoded = address.partition(",")
    assert head == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(encoded)))
    assert (picture.size, picture.mode, picture.tobytes()) == ((4, 3), "RGB", colours)


def test_a_record_without_keeps_its_one_colour() -> None:
    assert placeholder_url(b"") is None


def test_a_tile_waits_with_the_colours_of_its_image() -> None:
    world = World()
    ann = world.sign_up()
    world.app.test_client().post("/api/v1/images", data={"file": file(small_photo())}, headers=world.token())
    world.work()
    page = ann.get("/")
    assert page.count("url(data:image/png;base64,") == 1
    assert page.count(' data-placeholder="data:image/png;base64,') == 1
