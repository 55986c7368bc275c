"""Mails of the portal's own. Those with codes are the identity provider's."""

from typing import Protocol


class MailUnsent(Exception):
    """It was not taken, or nobody knows whether it was. What it says names no address: it is logged."""


class Mails(Protocol):
    """`send` hands over one mail of plain text, and raises MailUnsent. Taken is not delivered: what becomes of it then,
    the provider's figures tell."""

    def send(self, address: str, subject: str, text: str) -> None: ...
