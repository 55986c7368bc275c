"""Verify a receipt, without the portal: python -m web.receipts.verify RECEIPT KEYS [FILE]

RECEIPT is the `.jws` file, KEYS the portal's /.well-known/jwks.json as it was fetched, FILE the image. This file alone,
with PyJWT (`pip install "pyjwt[crypto]"`), does it anywhere. Says what the receipt says and ends with 0; else with 1.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt

ALGORITHMS = ["EdDSA", "ES256"]


class NotGenuine(Exception):
    """The receipt, or the file beside it, is not what it says."""


def verify(receipt: str, keys: dict[str, Any], file: bytes | None = None) -> dict[str, Any]:
    """What a genuine receipt claims. Raises NotGenuine."""
    try:
        wanted = jwt.get_unverified_header(receipt).get("kid")
        key = next((k for k in jwt.PyJWKSet.from_dict(keys).keys if k.key_id == wanted), None)
        if key is None:
            raise NotGenuine("none of these keys has signed it")
        claims: dict[str, Any] = jwt.decode(
            receipt,
            key,
            algorithms=ALGORITHMS,
            options={"require": ["iss", "jti", "kind"], "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise NotGenuine(str(error)) from error
    if file is not None:
        digest = hashlib.sha256(file).hexdigest()
        if digest not in (claims.get("sha256"), claims.get("received_sha256")):
            raise NotGenuine(f"it is about other bytes; the file's SHA-256 is {digest}")
    return claims


def main(arguments: Sequence[str]) -> int:
    """The command; returns its exit code."""
    if len(arguments) not in (2, 3):
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        receipt, keys = (Path(name).read_text(encoding="ascii").strip() for name in arguments[:2])
        file = Path(arguments[2]).read_bytes() if len(arguments) == 3 else None
        claims = verify(receipt, json.loads(keys), file)
    except (OSError, ValueError, NotGenuine) as error:
        sys.stderr.write(f"Not genuine: {error}\n")
        return 1
    sys.stdout.write(json.dumps(claims, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
