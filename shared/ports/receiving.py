"""What operators want of receiving: paused for every worker, or one worker drained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.domain.operator_acts import Operator
from shared.domain.receiving import Outcome, Wish


@dataclass(frozen=True)
class Change:
    """What became of it, and the wish that stands now; None where nobody ever wished anything."""

    outcome: Outcome
    wish: Wish | None


class Receiving(Protocol):
    """Every method raises CatalogueUnavailable when the records can't be used: then the last known answer holds.

    `change` wishes anew for a scope. `seen` holds the version that was looked at (or several), None for
    whatever stands. What is done is in the audit of operators' acts from the same moment.
    """

    def wishes(self) -> Mapping[str, Wish]: ...
    def change(
        self,
        by: Operator,
        scope: str,
        run: UUID | None,
        *,
        stopped: bool,
        why: str,
        seen: frozenset[int] | None,
    ) -> Change: ...
