"""One table of formats: everything else is derived from it."""

import re
from pathlib import Path

import pytest

from shared.domain.formats import FORMATS, HEAD_BYTES, Format, labels, sniff
from tests.unit.imaging.samples import sample
from worker.imaging.formats import module_of

ROOT = Path(__file__).parents[2]
TABLES = {
    ROOT / "shared/domain/formats.py",
    ROOT / "worker/imaging/decoders/__init__.py",
    ROOT / "worker/imaging/formats/__init__.py",
}
PRODUCT = sorted(
    path
    for tier in ("shared", "web", "worker")
    for path in (ROOT / tier).rglob("*")
    if path.suffix in (".py", ".html", ".js") and "vendor" not in path.parts and path not in TABLES
)
NAMES = "|".join(re.escape(name) for known in FORMATS for name in {known.name, *known.extensions})
LISTED = "|".join(
    rf"{re.escape(one.label)}(, | and | or ){re.escape(other.label)}"
    for one in FORMATS
    for other in FORMATS
    if one is not other
)
# Taking rows from the table isn't listing them.
IMPORT = "from shared.domain.formats import "
LITERAL = re.compile(rf"image/({NAMES})\b|[\"']\.?({NAMES})[\"']|{LISTED}")


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_list_of_formats_stands_beside_the_table(path: Path) -> None:
    lines = enumerate(path.read_text().splitlines(), 1)
    found = [
        f"{number}: {line.strip()}"
        for number, line in lines
        if LITERAL.search(line) and not line.startswith(IMPORT)
    ]
    assert not found


def test_the_search_for_literals_finds_them() -> None:
    for text in ("image/jpeg", '"png"', "'.jpg'", "JPEG, PNG", "WebP or GIF"):
        assert LITERAL.search(text)


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_each_format_is_known_by_its_bytes_and_has_its_module(known: Format) -> None:
    assert sniff(sample(known.name)[:HEAD_BYTES]) is known
    assert module_of(known).__name__ == f"worker.imaging.formats.{known.name}"  # type: ignore[attr-defined]  # a module


def test_names_and_extensions_belong_to_one_format_each() -> None:
    extensions = [extension for known in FORMATS for extension in known.extensions]
    assert len(set(extensions)) == len(extensions)
    assert (
        len({known.name for known in FORMATS}) == len({known.media_type for known in FORMATS}) == len(FORMATS)
    )


def test_a_sentence_lists_them() -> None:
    assert labels("or") == "JPEG, PNG, WebP, GIF, AVIF or HEIC"
