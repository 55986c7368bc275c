"""A remedy: what it promises, what it is, and the test that notices when it is gone."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Remedy:
    """`text` stands once in `file`; with `instead` in its place the promise doesn't hold, and `test` fails."""

    promise: str
    file: str
    text: str
    instead: str
    test: str

    def taken_out(self, text: str) -> str:
        """The file's text without the remedy. Raises ValueError unless the anchor stands there once."""
        if text.count(self.text) != 1:
            raise ValueError(f"{self.file} has {self.text!r} {text.count(self.text)} times")
        return text.replace(self.text, self.instead)
