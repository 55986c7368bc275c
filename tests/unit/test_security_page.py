"""The security page: each item once, each proof there, and the sums right."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.M)
ITEMS = ROW.findall(PAGE)
PROOF = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
LINK = re.compile(r"\]\(([\w./-]*)(?:#([\w-]+))?\)")
ANSWERS = {"pass": "pass", "**fail**": "fail", "not tried": "not tried", "not applicable": "not applicable"}
OF_LEVEL = {"1": 70, "2": 183}
"""As many items as ASVS 5.0.0 has."""


def test_every_item_is_there_once() -> None:
    ids = [item[0] for item in ITEMS]
    assert len(ids) == len(set(ids)) == len(re.findall(r"^\| V\d", PAGE, re.M)) == 253
    assert Counter(item[1] for item in ITEMS) == OF_LEVEL
    assert ids == sorted(ids, key=lambda one: [int(part) for part in one[1:].split(".")])


def test_the_sums_above_are_those_of_the_table() -> None:
    [told] = re.findall(r"\*\*253 items: (.+?)\.\*\*", PAGE)
    counted = Counter(ANSWERS[item[3]] for item in ITEMS)
    assert told == ", ".join(f"{counted[answer]} {answer}" for answer in ANSWERS.values())


def test_what_passes_names_its_proof_and_what_does_not_says_why() -> None:
    for item, _, _, answer, shown in ITEMS:
        if answer == "pass":
            assert PROOF.search(shown) or LINK.search(shown), item
        else:
            assert len(re.sub(r"`[^`]*`", "", shown).strip()) > 8, item


@pytest.mark.parametrize("path", sorted({path for item in ITEMS for path, _ in PROOF.findall(item[4])}))
def test_every_proof_is_there(path: str) -> None:
    named = {test for item in ITEMS for of, test in PROOF.findall(item[4]) if of == path and test}
    text = (ROOT / path).read_text()
    assert {test for test in named if not re.search(rf"^(?:async )?def {test}\(", text, re.M)} == set()


def test_every_section_that_is_linked_is_there() -> None:
    for path, anchor in LINK.findall(PAGE):
        text = (ROOT / "docs" / path).read_text() if path else PAGE
        headings = re.findall(r"^#+ (.+)$", text, re.M)
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors, (path, anchor)
