"""docs/autoscaling.md shows what the command prints, and the crowd's pictures are what they say."""

import io
from pathlib import Path

import pytest
from PIL import Image

from deploy.rehearse.autoscaling.crowd import SIZES_MB, comments, picture
from deploy.rehearse.autoscaling.tables import figures, in_page, markdown
from deploy.rehearse.autoscaling.traces import TRACES

ROOT = Path(__file__).resolve().parents[5]
PAGE = (ROOT / "docs" / "autoscaling.md").read_text()


@pytest.mark.slow
def test_the_pages_tables_are_the_commands_output() -> None:
    assert in_page(PAGE, markdown(figures(ROOT))) == PAGE, (
        "run: .venv/bin/python -m deploy.rehearse.autoscaling.simulate --write-docs"
    )


def test_every_trace_is_described_on_the_page_in_its_own_words() -> None:
    missing = [name for name, trace in TRACES.items() if f"| {name} | {trace.__doc__} |" not in PAGE]
    assert missing == []


def test_a_page_without_a_place_for_the_tables_is_refused() -> None:
    with pytest.raises(ValueError, match="figures: begin"):
        in_page("# Scaling", "| table |")


def test_large_pictures_have_their_sizes_and_open() -> None:
    for size in (mb * 1_000_000 for mb in SIZES_MB):
        data = picture(size)
        assert len(data) == size
        Image.open(io.BytesIO(data)).load()


@pytest.mark.parametrize("size", [4, 5, *range(65_535, 65_545), 131_074, 131_075])
def test_comments_fill_what_they_are_to_fill(size: int) -> None:
    assert len(comments(size)) == size
