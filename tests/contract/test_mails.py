"""The promises of mails."""

import pytest

from shared.adapters.memory.mails import MemoryMails
from shared.ports.mails import Mails, MailUnsent
from tests.contract.conftest import CLOUD

SENDER = "no-reply@portal.example"


@pytest.fixture(params=["memory", *CLOUD])
def mails(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Mails:
    if request.param == "memory":
        return MemoryMails()
    from tests.support_aws import ses_mails, use_cloud

    use_cloud(request.getfixturevalue(f"{request.param}_endpoint"), monkeypatch)
    return ses_mails(SENDER)


@pytest.fixture(params=["memory", *CLOUD])
def refused(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Mails:
    """Mails of a sender whom nobody knows."""
    if request.param == "memory":
        away = MemoryMails()
        away.away = True
        return away
    from tests.support_aws import ses_mails, use_cloud

    use_cloud(request.getfixturevalue(f"{request.param}_endpoint"), monkeypatch)
    return ses_mails("nobody@elsewhere.example", known=False)


def test_a_mail_is_taken(mails: Mails) -> None:
    mails.send("ann@home.example", "Ihr Paßwort", "Zwei Zeilen\nmit Ümlauten 日本.\n")


def test_what_is_not_taken_is_told_without_an_address(refused: Mails) -> None:
    with pytest.raises(MailUnsent) as told:
        refused.send("ann@home.example", "Subject", "Text")
    assert "@" not in str(told.value)
