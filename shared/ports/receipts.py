"""Signing what people may want to show to others later."""

from collections.abc import Mapping
from typing import Any, Protocol


class Receipts(Protocol):
    """`sign` makes a JWS in compact form (RFC 7515) of claims; `keys` is the JWK set that verifies it (RFC 7517)."""

    def sign(self, claims: Mapping[str, Any]) -> str: ...
    def keys(self) -> Mapping[str, Any]: ...
