"""Private keys as settings carry them."""

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr


def _private_key(value: SecretStr) -> tuple[SecretStr, Any]:
    """A PEM and its key, None for what is none. A line break may be written as \\n: not everything that carries
    variables carries lines."""
    pem = value.get_secret_value().replace("\\n", "\n")
    try:
        return SecretStr(pem), load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return SecretStr(pem), None


def _is_p256(key: object) -> bool:
    return isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)


def media_key(value: SecretStr) -> SecretStr:
    """A P-256 key in PEM form. Raises ValueError."""
    pem, key = _private_key(value)
    if not _is_p256(key):
        raise ValueError("must be a P-256 private key in PEM form, without a passphrase")
    return pem


def receipt_key(value: SecretStr) -> SecretStr:
    """An Ed25519 or P-256 key in PEM form. Raises ValueError."""
    pem, key = _private_key(value)
    if not _is_p256(key) and not isinstance(key, Ed25519PrivateKey):
        raise ValueError("must be an Ed25519 or P-256 private key in PEM form, without a passphrase")
    return pem
