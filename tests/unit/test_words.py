"""One word for one thing: the glossary is short, and what it says not to use is not used."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \| ([^|]*) \|$",
    (ROOT / "docs/overview.md").read_text().partition("## Words")[2].partition("\n## ")[0],
    re.MULTILINE,
)[2:]
BANNED = {word.strip(): row[0] for row in GLOSSARY for word in row[2].split(",") if word.strip()}
ELSEWHERE = {
    # What other people's interfaces are called.
    "admin": {
        "shared/adapters/cognito.py",
        "shared/adapters/cognito_removal.py",
        "shared/domain/accounts.py",
        "docs/deploy.md",
        "docs/operations.md",
    },
    "administrator": {"shared/domain/accounts.py", "docs/deploy.md"},
    "author": {"web/sharing/feed.py", "web/sharing/oembed.py", "web/templates/sharing/_head.html"},
    "replay": {
        "deploy/replay.py",
        "docs/deploy.md",
        "docs/adr/0011-restore-by-replay.md",
        "docs/adr/0021-erased-is-looked-for-again.md",
        "docs/adr/0010-two-bundles.md",
    },
}
"""Files in which a banned word means something else."""


@cache
def sources() -> dict[str, str]:
    """What people read, in small letters: the product's code, its pages and its documentation, by path."""
    found = [
        path
        for folder in ("shared", "web", "worker", "docs")
        for kind in ("py", "html", "js", "md")
        for path in (ROOT / folder).rglob(f"*.{kind}")
        if "vendor" not in path.parts
    ]
    texts = {str(path.relative_to(ROOT)): path.read_text().lower() for path in [*found, ROOT / "README.md"]}
    overview = texts["docs/overview.md"]
    return texts | {
        "docs/overview.md": overview.partition("## words")[0] + overview.partition("## folders")[2]
    }


def test_the_glossary_has_twenty_five_words_at_most() -> None:
    assert 15 <= len(GLOSSARY) <= 25


@pytest.mark.parametrize("word", BANNED)
def test_a_banned_synonym_is_not_used(word: str) -> None:
    pattern = re.compile(rf"(?<![a-z]){word.lower()}(?:s|ed|ing)?(?![a-z])")
    used = []
    for name, text in sources().items():
        if word.lower() in text and name not in ELSEWHERE.get(word, set()) and pattern.search(text):
            used += [f"{name}: {line.strip()}" for line in text.splitlines() if pattern.search(line)]
    assert used == [], f"say «{BANNED[word]}»"
