"""The sender of the portal's own mails, which SES must know."""

from contextlib import suppress
from typing import Any

SENDER = "no-reply@portal.example"


def provision_sender(ses: Any, address: str = SENDER) -> str:
    """An identity that may send; returns its address. `ses` is a client of the API's version 2."""
    with suppress(ses.exceptions.AlreadyExistsException):  # of an earlier start
        ses.create_email_identity(EmailIdentity=address)
    return address
