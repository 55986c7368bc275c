"""The user pool's published keys, by which tokens are verified without asking Cognito."""

import time
from typing import Any

import jwt
import structlog

from shared.ports.identity import IdentityUnavailable

log = structlog.get_logger(__name__)
FRESH_SECONDS = 3600
KEPT_SECONDS = 24 * 3600
"""How long keys are used that can't be read again. Cognito changes a pool's keys hardly ever, and a token by a key that
it has withdrawn ends within half an hour."""
RETRY_SECONDS = 30


class PublishedKeys(jwt.PyJWKClient):
    """Read once an hour, and for a key that isn't among them. While they can't be read, those of before are used, and
    a strange key has it tried again every half minute alone: a try takes up to three seconds, and requests wait for it.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, cache_keys=False, cache_jwk_set=True, lifespan=FRESH_SECONDS, timeout=3)
        self._kept: tuple[Any, float] | None = None
        self._failed_at = -float("inf")

    def fetch(self) -> Any:
        """Read them now. Raises IdentityUnavailable, also for an answer that is not a set of keys: whatever keeps them
        from being read is the provider's fault and not a token's."""
        try:
            found = super().fetch_data()
        except (jwt.PyJWTError, ValueError, OSError) as error:
            raise IdentityUnavailable(f"the pool's keys can't be read: {error}") from error
        self._kept = found, time.monotonic()
        return found

    def fetch_data(self) -> Any:
        """Read them, or take those of before. Raises IdentityUnavailable without such."""
        now = time.monotonic()
        kept = self._kept[0] if self._kept and now - self._kept[1] < KEPT_SECONDS else None
        if kept and now - self._failed_at < RETRY_SECONDS:
            return kept
        try:
            return self.fetch()
        except IdentityUnavailable as error:
            self._failed_at = time.monotonic()
            if not kept:
                raise
            log.warning("the pool's keys of before are used", error=str(error))
            return kept
