"""If-Match as people and programs write it."""

import pytest
from flask import Flask

from web.http.preconditions import etag, versions_seen
from web.http.problems import Problem

LONG = '"' + "1" * 5000 + '"'


def seen(header: str | None) -> frozenset[int] | None:
    headers = {} if header is None else {"If-Match": header}
    with Flask("x").test_request_context("/", headers=headers):
        return versions_seen()


@pytest.mark.parametrize("header", [None, "", "  "])
def test_without_it_an_edit_is_refused(header: str | None) -> None:
    with pytest.raises(Problem) as refused:
        seen(header)
    assert (refused.value.status, refused.value.code) == (428, "if_match_required")


@pytest.mark.parametrize("header", ["*", " * "])
def test_a_star_is_whichever_stands(header: str) -> None:
    assert seen(header) is None


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        (etag(1), {1}),
        (' "12" ', {12}),
        ('"9","1" , "3"', {1, 3, 9}),
        ('"x", "1"', {1}),
        ('W/"2", "1"', {1}),
        ('"1", *', {1}),
    ],
)
def test_strong_tags_of_ours_are_versions(header: str, versions: set[int] | None) -> None:
    assert seen(header) == versions


@pytest.mark.parametrize(
    "header",
    [
        'W/"1"',
        'w/"1"',
        '"0"',
        '"01"',
        '"-1"',
        '"1',
        "1",
        "abc",
        '"1" "1"',
        '"*"',
        ",",
        '"\xb2"',
        "\xff",
        LONG,
    ],
    ids=lambda header: ascii(header)[:20],
)
def test_whatever_else_matches_nothing(header: str) -> None:
    assert seen(header) == frozenset()
