"""The identity provider's tokens, sealed: what browsers and programs hold opens this portal and nothing else.

An access token of Cognito's own would let whoever took it change the address of the account, at Cognito and without us.
Sealed with AES-256-GCM under a key made from `SESSION_SECRET`; nothing about a token can be read or changed outside.
"""

import base64
import hashlib
import secrets
import struct
import time
import zlib
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from shared.ports.identity import IdentityRefused

PREFIX = "s1."
_HEAD = struct.Struct(">16s16sI")  # owner, session, seconds since 1970
_NONCE_BYTES = 12
_MOST_BYTES = 8192  # of a token: Cognito's have about two thousand


@dataclass(frozen=True)
class Held:
    """What a sealed token says: whose it is, of which session, when it was sealed (seconds since 1970), and the
    provider's token."""

    owner: UUID
    session: UUID
    at: int
    token: str


def seal(kind: str, owner: UUID, session: UUID, token: str) -> str:
    """A token for the outside. `kind` is access or refresh: neither passes for the other."""
    head = _HEAD.pack(owner.bytes, session.bytes, int(time.time()))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher().encrypt(nonce, head + zlib.compress(token.encode()), kind.encode())
    return PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def opened(kind: str, sealed: str) -> Held:
    """What was sealed. Raises IdentityRefused («invalid_token») for what this portal has not sealed as this."""
    try:
        if not sealed.startswith(PREFIX):
            raise ValueError("not sealed")
        text = sealed.removeprefix(PREFIX).encode("ascii")
        data = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        plain = _cipher().decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], kind.encode())
    except (InvalidTag, ValueError) as error:
        raise IdentityRefused("invalid_token") from error
    owner, session, at = _HEAD.unpack_from(plain)
    token = zlib.decompressobj().decompress(plain[_HEAD.size :], _MOST_BYTES).decode()
    return Held(UUID(bytes=owner), UUID(bytes=session), at, token)


def _cipher() -> AESGCM:
    secret = str(current_app.secret_key or "").encode()
    return AESGCM(hashlib.blake2b(secret, digest_size=32, person=b"sealed tokens").digest())
