"""The key that signs the local portal's receipts: made once, and kept with what is stored locally."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local.files import write_private


def receipt_key(directory: Path) -> str:
    """The private key as PEM in one line, as an environment file carries it."""
    file = directory / "receipt-key.pem"
    if not file.exists():
        made = Ed25519PrivateKey.generate()
        write_private(
            file, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
        )
    return file.read_text(encoding="ascii").strip().replace("\n", "\\n")
