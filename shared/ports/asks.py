"""What people ask the owners of images, and the answers."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from shared.domain.asks import Ask


@dataclass(frozen=True)
class Asked:
    """The question that waits now; `new` unless it was asked before, and then it stands as it was."""

    ask: Ask
    new: bool


class Unasked(Enum):
    """Why a question was not written down."""

    NO_IMAGE = auto()  # nobody sees such an image
    OWN = auto()  # it is the asker's
    TOO_MANY = auto()  # for one day


class Asks(Protocol):
    """Every method raises CatalogueUnavailable when the records can't be used.

    Of one person one question waits for each image. `answer` is for its owner, and once: whoever comes later gets the
    answer that stands; None for what doesn't exist or is somebody else's. Lists go back in time from the id `before`,
    without it from the newest. `waiting` counts what an owner has not answered.
    """

    def ask(self, asker: UUID, username: str, image_id: UUID, text: str) -> Asked | Unasked: ...
    def answer(self, ask_id: UUID, owner: UUID, text: str, *, granted: bool) -> Ask | None: ...
    def latest(self, asker: UUID, image_id: UUID) -> Ask | None: ...
    def of_owner(self, owner: UUID, before: UUID | None, limit: int) -> list[Ask]: ...
    def of_asker(self, asker: UUID, before: UUID | None, limit: int) -> list[Ask]: ...
    def waiting(self, owner: UUID) -> int: ...
