"""Counts of what is done too often, over all instances."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Counted:
    """How often something was done within the time that is being counted, and in how many seconds that ends."""

    times: int = 0
    ends_in_seconds: float = 0.0


class Limits(Protocol):
    """Counts by key, each from its first one on for so many seconds; every method raises CatalogueUnavailable when
    they can't be used. `count` counts one more of each, `counted` tells of each."""

    def count(self, seconds: Mapping[str, int]) -> None: ...
    def counted(self, keys: Collection[str]) -> Mapping[str, Counted]: ...
