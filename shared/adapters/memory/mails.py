"""Mails that stay here."""

from dataclasses import dataclass

from shared.ports.mails import MailUnsent


@dataclass(frozen=True)
class SentMail:
    """One that was taken."""

    address: str
    subject: str
    text: str


@dataclass(frozen=True)
class CodeMail:
    """One with a code, which is the identity provider's."""

    address: str
    username: str
    code: str


class MemoryMails:
    """Implements shared.ports.mails.Mails."""

    def __init__(self) -> None:
        self.away = False
        self.sent: list[SentMail] = []

    def send(self, address: str, subject: str, text: str) -> None:
        """Keep one."""
        if self.away:
            raise MailUnsent("away")
        self.sent.append(SentMail(address, subject, text))
