"""The inventory of what ships names all of it, and nothing else."""

import json
import re
from typing import Any

import pytest

from deploy.bundle import CONTENTS
from deploy.sbom import sbom
from tests.unit.deploy.support import ROOT


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sbom())
    return found


def test_every_library_that_ships_is_in_it_with_its_version_and_digests(told: dict[str, Any]) -> None:
    text = (ROOT / "requirements.txt").read_text()
    pinned = {
        (name, version) for name, version in re.findall(r"^([\w.-]+)(?:\[\S+\])?==([\w.]+)", text, re.M)
    }
    python = [one for one in told["components"] if one["purl"].startswith("pkg:pypi/")]
    assert {(one["name"], one["version"]) for one in python} == pinned
    assert sum(len(one["hashes"]) for one in python) == text.count("--hash=sha256:")
    assert all(one["hashes"] for one in told["components"])
    assert len(pinned) > 30
    assert all("requirements.txt" in contents for contents in CONTENTS.values()), "both tiers ship these"


def test_every_vendored_folder_is_in_it(told: dict[str, Any]) -> None:
    npm = {
        f"{one['name']}-{one['version']}" for one in told["components"] if one["purl"].startswith("pkg:npm/")
    }
    assert npm == {folder.name for folder in (ROOT / "web/static/vendor").iterdir()}


def test_all_that_ships_comes_from_one_place_each_by_its_digest() -> None:
    text = (ROOT / "requirements.txt").read_text()
    assert not re.search(r"^(-e|--index-url|--extra-index-url|--find-links|git\+|https?:)", text, re.M)


def test_the_same_tree_gives_the_same_bytes() -> None:
    assert sbom() == sbom()
    assert "timestamp" not in sbom()
    assert "serialNumber" not in sbom()
