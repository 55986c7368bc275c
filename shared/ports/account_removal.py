"""The last step of deleting an account: nobody can log in to it, and its name is free again."""

from typing import Protocol
from uuid import UUID


class AccountRemoval(Protocol):
    """Raises IdentityUnavailable when the provider can't be used, or refuses.

    `remove` may be repeated: an account of the same name that is not this owner's (any more) is left alone.
    """

    def remove(self, username: str, owner: UUID) -> None: ...
