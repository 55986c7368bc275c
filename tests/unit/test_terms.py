"""What an image is found by, and what a query asks for."""

import time

import pytest

from shared.domain.terms import COMMERCIAL, MAX_TERMS, fold, hashtags, parse_query, terms_of, words


@pytest.mark.parametrize(
    ("caption", "query"),
    [
        ("A Café in Åre", "cafe"),
        ("A Café in Åre", "CAFÉ"),
        ("A Café in Åre", "are"),
        ("don't look down", "dont"),
        ("snake_case words", "case"),
        ("東京タワーの夜", "東京"),
        ("東京タワーの夜", "タワー"),
        ("東京タワーの夜", "夜"),
        ("서울의 밤", "서울"),
        ("ﬁne ligatures", "fine"),
        ("Dawn #Harbour", "harbour"),
        ("Dawn #Harbour", "#harbour"),
        ("Dawn #Ærø", "#ærø"),
        ("नमस्ते दुनिया", "दुनिया"),
    ],
)
def test_a_query_finds_what_a_person_means(caption: str, query: str) -> None:
    terms = set(terms_of("ann", "x.jpg", caption, "cc0", 640, 480))
    assert parse_query(query) <= terms


@pytest.mark.parametrize("query", ["harbor", "#dawn", "@bob", "海", "harbour boat"])
def test_a_query_does_not_find_what_is_not_there(query: str) -> None:
    terms = set(terms_of("ann", "x.jpg", "Dawn #Harbour 東京", "cc0", 640, 480))
    assert not parse_query(query) <= terms


def test_words_hashtags_and_people_combine() -> None:
    expected = {("word", "boat"), ("tag", "harbour"), ("user", "ann.b-c")}
    assert parse_query("Boat #Harbour @ann.b-c") == expected


@pytest.mark.parametrize("text", ["", "   ", "#", "@", "!!!", "# #", "\x00"])
def test_a_query_without_words_asks_for_nothing(text: str) -> None:
    assert parse_query(text) == frozenset()


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("#Sea and #sea", ("sea",)),
        ("mail a#b or a@b.c", ()),
        ("#123 is a number", ()),
        ("#x_y!", ("x_y",)),
        ("(#paren) #日本", ("paren", "日本")),
        ("##double", ("double",)),
    ],
)
def test_hashtags_are_read_from_the_caption(caption: str, found: tuple[str, ...]) -> None:
    assert hashtags(caption) == found


def test_the_file_name_is_searchable_and_its_extension_is_not() -> None:
    terms = terms_of("ann", "Holiday-2024.jpg", "", "cc0", 640, 480)
    assert ("word", "holiday") in terms
    assert ("word", "jpg") not in terms


@pytest.mark.parametrize(
    ("licence", "commercial"),
    [("cc0", True), ("cc-by-nd", True), ("cc-by-nc", False), ("all-rights-reserved", False)],
)
def test_the_commercial_filter_follows_the_licence(licence: str, commercial: bool) -> None:
    assert (COMMERCIAL in terms_of("ann", "x.jpg", "", licence, 640, 480)) is commercial


def test_a_caption_cannot_make_more_terms_than_the_limit() -> None:
    caption = " ".join(f"word{i}" for i in range(5000))
    assert len(terms_of("ann", "x.jpg", caption, "cc0", 640, 480)) == MAX_TERMS


def test_hostile_text_cannot_stop_the_reader() -> None:
    text = "#" + "a_" * 50_000 + "#" * 50_000 + "'" * 50_000 + "#a" * 50_000
    started = time.process_time()
    assert len(list(words(text))) > 0
    assert len(hashtags(text)) > 0
    assert len(parse_query(text)) > 0
    # Seconds of slack for a linear reader (it needs a fraction of one); backtracking would need years.
    assert time.process_time() - started < 10


def test_folding_keeps_letters_whose_marks_carry_meaning() -> None:
    assert fold("が") == "が"
    assert fold("É") == "e"
