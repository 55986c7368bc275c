"""Ids, keys, manifests, limits: the small certainties everything else rests on."""

import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.domain.accounts import email_fault, new_username_fault, username_fault
from shared.domain.formats import FORMATS, JPEG, Format, download_name, sniff, unsupported
from shared.domain.ids import new_upload_id, parse_id
from shared.domain.keys import KINDS, final_key, final_prefixes, slug, upload_of
from shared.domain.limits import clean_caption, clean_filename
from shared.domain.manifest import Manifest, ManifestError

OWNER = UUID("505109eb-4187-4958-b0f7-7dd755b145b5")


def manifest(**changes: object) -> Manifest:
    upload_id = new_upload_id()
    fields = {
        "upload_id": upload_id,
        "owner": OWNER,
        "username": "ann",
        "filename": "日本語 boat.jpg",
        "caption": "line\nbreak “quoted”",
        "licence": "cc0",
        "size_bytes": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "format": "jpeg",
        "staged_key": "staging/x/y/bytes-ab",
        "accepted_at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    }
    return Manifest(**(fields | changes))  # type: ignore[arg-type]  # each test names what it changes


def test_ids_sort_in_the_order_of_upload() -> None:
    ids = [new_upload_id() for _ in range(2000)]
    milliseconds = [i.int >> 80 for i in ids]
    assert milliseconds == sorted(milliseconds)
    assert all(i.version == 7 and i.variant == "specified in RFC 4122" for i in ids)
    assert abs(time.time() * 1000 - milliseconds[0]) < 5000
    assert len(set(ids)) == 2000


@pytest.mark.parametrize("text", ["", "x", "1234", "../../etc", "0" * 31])
def test_an_id_from_outside_may_be_none(text: str) -> None:
    assert parse_id(text) is None


def test_a_manifest_survives_storage() -> None:
    original = manifest()
    assert Manifest.from_json(original.to_json()) == original


@pytest.mark.parametrize("stored", [b"", b"[]", b"{}", b'{"upload_id": 1}', b"\xff\xfe"])
def test_an_unreadable_manifest_is_an_error_of_ours(stored: bytes) -> None:
    with pytest.raises(ManifestError):
        Manifest.from_json(stored)


def test_a_manifest_from_a_newer_version_is_read() -> None:
    original = manifest()
    newer = original.to_json().replace(b'{"accepted_at"', b'{"added": 1, "accepted_at"')
    assert Manifest.from_json(newer) == original


def test_a_manifest_describes_only_its_own_bytes() -> None:
    assert manifest().describes(b"abc")
    assert not manifest().describes(b"abd")
    assert not manifest(size_bytes=4).describes(b"abc")


def test_final_keys_are_a_function_of_the_manifest_and_keep_the_name() -> None:
    one = manifest()
    key = final_key("images", one, JPEG)
    assert key == final_key("images", one, JPEG)
    assert key == f"images/boat_20260102030405678901_{one.upload_id}.jpg"


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
@pytest.mark.parametrize("filename", ["日本語 boat.jpg", "a_b.c_d", "", "x" * 255])
def test_every_final_key_has_one_of_the_prefixes_and_names_its_upload(known: Format, filename: str) -> None:
    one, other = manifest(filename=filename), manifest(filename=filename)
    keys = [final_key(kind, one, known) for kind in KINDS]
    prefixes = final_prefixes(one.filename, one.accepted_at, one.upload_id)
    assert all(key.startswith(prefix) for key, prefix in zip(keys, prefixes, strict=True))
    assert not any(final_key(kind, other, known).startswith(tuple(prefixes)) for kind in KINDS)
    assert {upload_of(key) for key in keys} == {one.upload_id}
    assert upload_of("images/made-by-hand.jpg") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("My Photo (1).JPG", "my-photo-1"),
        ("日本語.jpg", "image"),
        ("Ünïcödé.png", "unicode"),
        (".jpg", "jpg"),
        ("a" * 300 + ".png", "a" * 60),
        ("-- --", "image"),
    ],
)
def test_slugs_are_readable_and_safe(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../../日本語.jpg", "日本語.jpg"),
        ("C:\\Users\\ann\\boat.png", "boat.png"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
        ("", "image"),
        ("..", "image"),
        ("/", "image"),
    ],
)
def test_file_names_lose_paths_and_control_characters(given: str, expected: str) -> None:
    assert clean_filename(given) == expected


def test_a_long_file_name_keeps_its_extension_within_the_limit() -> None:
    name = clean_filename("n" * 500 + ".jpeg")
    assert len(name) <= 200
    assert name.endswith(".jpeg")


def test_captions_keep_line_breaks_and_markup_and_lose_control_characters() -> None:
    assert clean_caption(" a\r\nb\x00\x1b<b>c</b>\u202e ") == "a\nb<b>c</b>"


@pytest.mark.parametrize("name", ["ann", "a.b-c_9", "x" * 30])
def test_good_user_names(name: str) -> None:
    assert username_fault(name) is None


@pytest.mark.parametrize("name", ["", "ab", "x" * 31, "Ann", "a b", "añb", "a/b", "ann\n", "<b>"])
def test_bad_user_names(name: str) -> None:
    assert username_fault(name)


@pytest.mark.parametrize("email", ["a@b", "a b@c.d", "@c.d", "a@", "plain", "a@.", "x" * 250 + "@c.de"])
def test_what_cannot_be_an_address(email: str) -> None:
    assert email_fault(email)


def test_what_can_be_an_address() -> None:
    assert email_fault("o'neil+tag@sub.example.museum") is None


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0....", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"GIF89a", "gif"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"hello", None),
        (b"<svg", None),
        (b"\x00\x00\x00\x18ftypheic", "heic"),
        (b"\x00\x00\x00\x24ftyphevc", "heic"),
        (b"\x00\x00\x00\x1cftypavif", "avif"),
        (b"\x00\x00\x00\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1miafavif", "avif"),
        (b"\x00\x00\x00\x18ftypmif1\0\0\0\0miXavifX.", "heic"),
        (b"\x00\x00\x00\x18ftypmp42", None),
        (b"ftypheic", None),
    ],
)
def test_formats_are_told_by_their_first_bytes(head: bytes, kind: str | None) -> None:
    known = sniff(head)
    assert (known.name if known else None) == kind


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"\x00\x00\x00\x18ftypmp42", None),
        (b"ftypheic", None),
        (b"\xff\xd8\xff\xe0....", None),
        (b"", None),
    ],
)
def test_pictures_that_are_not_taken_yet_are_known_by_name(head: bytes, label: str | None) -> None:
    kind = unsupported(head)
    assert (kind.label if kind else None) == label


@pytest.mark.parametrize(
    ("name", "format_name", "saved"),
    [
        ("boat.jpg", "jpeg", "boat.jpg"),
        ("boat.JPEG", "jpeg", "boat.JPEG"),
        ("holiday.hta", "png", "holiday.png"),
        ("boat.png", "jpeg", "boat.jpg"),
        ("boat.png.exe", "png", "boat.png"),
        ("boat", "gif", "boat.gif"),
        ("at the sea v2. final version", "webp", "at the sea v2. final version.webp"),
        (".hta", "jpeg", "image.jpg"),
        ("日本語.html", "jpeg", "日本語.jpg"),
    ],
)
def test_the_name_of_a_download_ends_with_what_the_bytes_are(name: str, format_name: str, saved: str) -> None:
    assert download_name(name, format_name) == saved


@pytest.mark.parametrize("name", ["admin", "support", "moderator", "...", "-ann", "_ann", ".a.", "an", "Ann"])
def test_names_that_nobody_may_take(name: str) -> None:
    assert new_username_fault(name)


@pytest.mark.parametrize("name", ["ann", "administrix", "4ever", "a.b-c_d", "a--"])
def test_names_that_everybody_may_take(name: str) -> None:
    assert new_username_fault(name) is None


@pytest.mark.parametrize(
    "name", ["admin", "ad.min", "support1", "root_2026", "image.portal", "no-reply", "moderators"]
)
def test_nobody_takes_a_name_that_speaks_for_the_portal(name: str) -> None:
    assert new_username_fault(name) == "This user name is the portal's own. Choose another one."
