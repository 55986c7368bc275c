"""A decoding process can open nothing: whatever its work imports must be there before it begins."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ImageCms

from shared.domain.formats import HEAD_BYTES, sniff
from tests.unit.imaging.odd_jpegs import UNUSUAL, sampled
from tests.unit.imaging.samples import FORMATS, animation, encoded, exif, picture, reason
from worker.imaging import DEFAULT_LIMITS
from worker.imaging.formats import module_of
from worker.imaging.renditions import facts

ROOT = Path(__file__).parents[3]
# As the server does: import, then work. What is printed came in while it worked.
SERVER = """
import json, struct, sys
import worker.imaging.fork_server
from worker.imaging.render import work
stream = sys.stdin.buffer
requests = []
while head := stream.read(8):
    told, length = struct.unpack("=II", head)
    requests.append((stream.read(told), stream.read(length)))
before = set(sys.modules)
for told, data in requests:
    work(told, data)
print(json.dumps(sorted(set(sys.modules) - before)))
"""
PROFILES = {
    "RGB": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    "LAB": ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
}
KINDS = {
    "jpeg": ("L", "RGB", "CMYK"),
    "png": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "webp": ("RGB", "RGBA"),
    "gif": ("L", "P", "RGB"),
    "avif": ("RGB", "RGBA"),
    "heic": ("L", "RGB", "RGBA"),
}


def all_sorts() -> list[bytes]:
    """Accepted files of each format, in each mode, with and without profile and orientation."""
    sorts = [sampled(factors) for factors in UNUSUAL.values()]
    sorts += [animation(kind) for kind in ("png", "webp", "gif")]
    for kind, modes in KINDS.items():
        for mode in modes:
            image = picture().convert(mode)
            sorts.append(encoded(image, kind))
            if kind != "gif" and mode == "RGB":
                sorts.append(encoded(image, kind, exif=exif(6)))
                sorts += [encoded(image, kind, icc_profile=profile) for profile in PROFILES.values()]
    sorts.append(encoded(picture(900, 900), "jpeg", progressive=True))
    return sorts


@pytest.mark.slow
def test_nothing_is_imported_while_a_picture_is_decoded() -> None:
    requests = BytesIO()
    for data in all_sorts():
        known = sniff(data[:HEAD_BYTES])
        assert known
        container = module_of(known).read(data, DEFAULT_LIMITS)
        told = facts(known, container, DEFAULT_LIMITS)
        requests.write(len(told).to_bytes(4, sys.byteorder))
        requests.write(len(container.stripped).to_bytes(4, sys.byteorder) + told + container.stripped)

    ended = subprocess.run(
        [sys.executable, "-c", SERVER], input=requests.getvalue(), capture_output=True, check=True, cwd=ROOT
    )

    assert json.loads(ended.stdout) == []


@pytest.mark.slow
def test_every_sort_of_picture_passes_the_sandbox() -> None:
    assert set(KINDS) == set(FORMATS)
    assert {reason(data) for data in all_sorts()} == {"processed"}
