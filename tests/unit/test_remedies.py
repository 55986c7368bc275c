"""Remedies can still be taken out: each anchor stands once where it is said to, and its test is there."""

import re

import pytest

from tests.remedies.all import REMEDIES
from tests.remedies.page import PAGE, TABLE, row
from tests.remedies.remedy import ROOT, Remedy


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda remedy: remedy.promise)
def test_a_remedy_can_be_taken_out_and_its_test_is_there(remedy: Remedy) -> None:
    text = (ROOT / remedy.file).read_text()
    assert remedy.taken_out(text) != text
    path, _, name = remedy.test.partition("[")[0].partition("::")
    assert re.search(rf"^def {name}\(" if name else "^def test_", (ROOT / path).read_text(), re.M)


def test_the_page_has_each_of_them_as_noticed() -> None:
    [(rows, last)] = TABLE.findall(PAGE.read_text())
    assert rows == "".join(row(remedy, noticed=True) for remedy in REMEDIES)
    assert last == f"{len(REMEDIES)} remedies, {len(REMEDIES)} noticed."


def test_an_anchor_that_is_not_there_once_is_an_error() -> None:
    remedy = Remedy("x", "a file", "text", "other", "a test")
    for text in ("", "text and text"):
        with pytest.raises(ValueError, match="a file has 'text'"):
            remedy.taken_out(text)
