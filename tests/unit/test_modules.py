"""Modules stay short enough to be read at one sitting."""

from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
LONGEST, LONGEST_MEDIAN = 250, 90
TIERS = {folder: [*(ROOT / folder).rglob("*.py")] for folder in ("shared", "web", "worker", "local")}


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("folder", [*TIERS, "deploy"])
def test_no_module_is_too_long(folder: str) -> None:
    found = {str(path.relative_to(ROOT)): lines(path) for path in (ROOT / folder).rglob("*.py")}
    assert found
    assert {name: count for name, count in found.items() if count > LONGEST} == {}


@pytest.mark.parametrize("folder", TIERS)
def test_half_of_a_tiers_modules_are_short(folder: str) -> None:
    assert median(count for path in TIERS[folder] if (count := lines(path))) <= LONGEST_MEDIAN


def test_scripts_and_styles_are_short_too() -> None:
    own = [path for kind in ("js", "css") for path in (ROOT / "web/static").rglob(f"*.{kind}")]
    assert own
    assert [path.name for path in own if "vendor" not in path.parts and lines(path) > LONGEST] == []
