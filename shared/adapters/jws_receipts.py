"""Receipts signed with one private key: Ed25519 (EdDSA) or P-256 (ES256)."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

# The members that a thumbprint is made of, in their order: https://www.rfc-editor.org/rfc/rfc7638#section-3.2
_THUMBPRINT_MEMBERS = ("crv", "kty", "x", "y")
TYPE = "receipt+jwt"


class JwsReceipts:
    """Implements shared.ports.receipts.Receipts."""

    def __init__(self, private_key_pem: str) -> None:
        """The configuration has checked that the key is one of these two kinds."""
        key = load_pem_private_key(private_key_pem.encode(), None)
        jwk: dict[str, Any]
        if isinstance(key, Ed25519PrivateKey):
            self._algorithm, jwk = "EdDSA", OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        elif isinstance(key, EllipticCurvePrivateKey):
            self._algorithm, jwk = "ES256", ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        else:
            raise TypeError("receipts are signed with Ed25519 or P-256")
        self._key = key
        self._id = thumbprint(jwk)
        self._jwk = jwk | {"kid": self._id, "use": "sig", "alg": self._algorithm}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The claims in compact form, with the key's id in the header."""
        return jwt.encode(dict(claims), self._key, self._algorithm, {"typ": TYPE, "kid": self._id})

    def keys(self) -> Mapping[str, Any]:
        """The public half alone."""
        return {"keys": [self._jwk]}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """A key's name that follows from the key (RFC 7638, SHA-256)."""
    members = {name: jwk[name] for name in _THUMBPRINT_MEMBERS if name in jwk}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()
