"""What an owner does about uploads that went wrong: out of sight with what was rejected, once more with what failed."""

from enum import Enum, auto
from typing import Protocol
from uuid import UUID


class Retried(Enum):
    """What became of an owner's wish to have a failed upload tried once more."""

    QUEUED = auto()  # it begins anew: a message must be sent
    GOING = auto()  # it isn't failed (any more), and is left alone
    USED_UP = auto()  # it failed after its owner's retry too, and waits for an operator
    UNKNOWN = auto()  # there is no such upload, or it is somebody else's


class Mending(Protocol):
    """Each method is one transaction and may be repeated. Every one raises CatalogueUnavailable when the database can't
    be used.

    `dismiss` puts a rejected upload out of its owner's sight or back into it; the record stays. It answers False for
    what isn't rejected, does not exist, or is somebody else's.
    """

    def dismiss(self, upload_id: UUID, owner: UUID, *, dismissed: bool) -> bool: ...
    def retry(self, upload_id: UUID, owner: UUID) -> Retried: ...
