"""Every refusal has its code, its sentence and its status, whoever says it."""

import re
from pathlib import Path
from typing import Any

import pytest

from shared.domain.refusals import Refusal
from web.http.problems import refuse

ROOT = Path(__file__).parents[2]
SENTENCE = re.compile(r"^[A-Z].*\.$")
FACTS: dict[str, Any] = {"characters": 5000, "licence": "gpl", "known": "cc0, cc-by", "megabytes": 25}


@pytest.mark.parametrize("why", Refusal)
def test_a_refusal_is_an_answer_in_a_sentence(why: Refusal) -> None:
    problem = refuse(why, **FACTS)
    assert 400 <= problem.status < 500
    assert problem.code == why
    assert SENTENCE.match(problem.detail)
    assert not set("{}") & set(problem.detail)


@pytest.mark.parametrize("why", Refusal)
def test_a_refusal_is_said_somewhere(why: Refusal) -> None:
    product = [path for tier in ("web", "worker") for path in (ROOT / tier).rglob("*.py")]
    said = [
        path for path in product if path.name != "problems.py" and f"Refusal.{why.name}" in path.read_text()
    ]
    assert said


def test_what_has_a_limit_says_it() -> None:
    assert refuse(Refusal.CAPTION_TOO_LONG, characters=5000).detail == (
        "This caption has 5,000 characters; 2,000 are the most."
    )
    assert refuse(Refusal.TOO_LARGE, megabytes=25).detail == (
        "This file is larger than 25 MB, which is the most."
    )
    assert refuse(Refusal.UNSUPPORTED_TYPE).detail == (
        "This is not a JPEG, PNG, WebP, GIF, AVIF or HEIC image, whatever its name says."
    )
