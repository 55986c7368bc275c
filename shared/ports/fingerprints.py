"""Which of an owner's images are known by their bytes."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID


class Fingerprints(Protocol):
    """Every method raises CatalogueUnavailable when the records can't be used.

    `known` answers, by the hex digest of the bytes as they were uploaded, the newest of the owner's images that was
    made of them and is not taken back; digests without one are left out.
    """

    def known(self, owner: UUID, sha256s: Sequence[str]) -> dict[str, UUID]: ...
