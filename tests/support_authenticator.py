"""An authenticator without a device: keys of its own, and the answers that a browser would give (WebAuthn Level 3)."""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """Makes passkeys and uses them. `verified`: whether it asks for a PIN or the like."""

    origin: str = ORIGIN
    verified: bool = True
    keys: dict[bytes, EllipticCurvePrivateKey] = field(default_factory=dict)
    count: int = 0

    def create(self, options: str) -> str:
        """A new passkey, as JSON."""
        asked: dict[str, Any] = json.loads(options)
        key, key_id = generate_private_key(SECP256R1()), secrets.token_bytes(16)
        self.keys[key_id] = key
        point = key.public_key().public_numbers()
        # COSE: an elliptic curve key for ES256, x and y.
        cose = (
            b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"
            + point.x.to_bytes(32)
            + b"\x22\x58\x20"
            + point.y.to_bytes(32)
        )
        data = self._data(asked["rp"]["id"], WITH_KEY)
        data += bytes(16) + struct.pack(">H", len(key_id)) + key_id + cose
        attested = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data
        client = self._client("webauthn.create", asked["challenge"])
        response = {"clientDataJSON": _text(client), "attestationObject": _text(attested)}
        return self._credential(key_id, response)

    def get(self, options: str, **changed: str) -> str:
        """A use of one of them, as JSON. `changed`: parts of the response to send instead."""
        asked: dict[str, Any] = json.loads(options)
        allowed = [_bytes(one["id"]) for one in asked["allowCredentials"]]
        key_id = next((i for i in allowed if i in self.keys), allowed[0])
        key = self.keys.get(key_id) or generate_private_key(SECP256R1())
        self.count += 1
        data = self._data(asked["rpId"])
        client = self._client("webauthn.get", asked["challenge"])
        signature = key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        response = {
            "clientDataJSON": _text(client),
            "authenticatorData": _text(data),
            "signature": _text(signature),
        }
        return self._credential(key_id, response | changed)

    def _data(self, relying_party: str, more: int = 0) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.verified else 0)
        return hashlib.sha256(relying_party.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _credential(self, key_id: bytes, response: dict[str, str]) -> str:
        name = _text(key_id)
        known = {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}}
        return json.dumps(known | {"response": response})
