"""What the checks found: a line for each while they run, and all of them in build/rehearse/report.json."""

import json
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from local.console import say


@dataclass(frozen=True)
class Line:
    """One check."""

    passed: bool
    sentence: str
    figure: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.passed else 'FAIL'} {self.sentence} — {self.figure.strip()}"


class Report:
    """Collects lines; `what` is printed with them as they come."""

    def __init__(self, out: Callable[[str], None] = say) -> None:
        self.lines: list[Line] = []
        self.facts: dict[str, str] = {}
        self._out = out
        self._begun = time.monotonic()

    def fact(self, name: str, value: str) -> None:
        """Something to know for reading the figures."""
        self.facts[name] = value
        self._out(f"     {name}: {value}")

    def check(self, sentence: str, passed: bool, figure: str) -> None:
        """Note a check."""
        line = Line(passed, sentence, figure)
        self.lines.append(line)
        self._out(str(line))

    @contextmanager
    def part(self, title: str) -> Iterator[None]:
        """A group of checks; an error in it is a failed check, and the next group goes on."""
        begun = time.monotonic()
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever it is, the other parts are worth knowing
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {error}"[:600]
            self.check(f"{title} goes through", False, f"{said} ({Path(where.filename).name}:{where.lineno})")
        self._out(f"     {title}: {time.monotonic() - begun:.0f} s")

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(not line.passed for line in self.lines)

    def close(self, file: Path) -> int:
        """Write the file and the last line; the exit code."""
        seconds = time.monotonic() - self._begun
        passed = len(self.lines) - self.failed
        found = {
            "passed": passed,
            "failed": self.failed,
            "seconds": round(seconds, 1),
            "facts": self.facts,
            "checks": [asdict(line) for line in self.lines],
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        self._out(f"{passed} checks passed, {self.failed} failed")
        return 1 if self.failed or not self.lines else 0
