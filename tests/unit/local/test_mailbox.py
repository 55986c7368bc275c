"""The mailbox: SMTP in, JSON and a page out."""

import json
import smtplib
import threading
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from local.mail.decode import decode
from local.mail.page import page
from local.mail.server import PageServer
from local.mail.smtp import Dialogue, SmtpServer
from local.mail.store import MAX_MESSAGE_BYTES, Mail, MailStore
from local.process.ports import LOOPBACK

pytestmark = pytest.mark.slow  # opens sockets


@pytest.fixture
def store(tmp_path: Path) -> MailStore:
    return MailStore(tmp_path / "mail")


@pytest.fixture
def smtp(store: MailStore) -> Iterator[smtplib.SMTP]:
    with SmtpServer(0, store.add) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with smtplib.SMTP(LOOPBACK, server.server_address[1], timeout=30) as client:
            yield client
        server.shutdown()


@pytest.fixture
def pages(store: MailStore) -> Iterator[str]:
    with PageServer(0, store) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
        server.shutdown()


def _mail(to: str, text: str = "Your code is 123456.") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "no-reply@portal.example", to, "Your code"
    mail.set_content(text)
    return mail


def _get(url: str) -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
        return str(answer.read().decode())


def test_a_mail_sent_over_smtp_is_kept_for_each_recipient(smtp: smtplib.SMTP, store: MailStore) -> None:
    smtp.send_message(_mail("ana@example.org"), to_addrs=["ana@example.org", "ben@example.org"])
    assert {mail.to for mail in store.mails()} == {"ana@example.org", "ben@example.org"}
    assert store.mails("ANA@example.org")[0].text == "Your code is 123456."


def test_lines_that_begin_with_a_dot_arrive_whole(smtp: smtplib.SMTP, store: MailStore) -> None:
    smtp.send_message(_mail("ana@example.org", ".\n..two\nend"))
    assert store.mails()[0].text == ".\n..two\nend"


def test_text_in_any_script_survives_its_encoding(smtp: smtplib.SMTP, store: MailStore) -> None:
    smtp.send_message(_mail("ana@example.org", "Grüße, 日本語: 654321 " + "ä" * 200))
    assert store.mails()[0].text.startswith("Grüße, 日本語: 654321 ää")


def test_a_mail_that_is_too_large_is_refused_and_the_connection_goes_on(
    smtp: smtplib.SMTP, store: MailStore
) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as caught:
        smtp.sendmail("a@b.example", ["c@d.example"], (b"x" * 70 + b"\n") * (MAX_MESSAGE_BYTES // 60))
    assert caught.value.smtp_code == 552
    smtp.send_message(_mail("ana@example.org"))
    assert len(store.mails()) == 1


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([b"DATA\r\n"], "503"),
        ([b"RCPT TO:<a@b>\r\n"], "503"),
        ([b"MAIL FROM\r\n"], "501"),
        ([b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<>\r\n"], "501"),
        ([b"MAIL FROM:<a@b> SIZE=99999999\r\n"], "552"),
        ([b"\xff\xfe\r\n"], "502"),
        ([b"VRFY ana\r\n"], "502"),
    ],
)
def test_a_sender_out_of_step_is_told_so(lines: list[bytes], code: str) -> None:
    dialogue = Dialogue(lambda *_: pytest.fail("nothing was sent"))
    assert str([dialogue.line(line) for line in lines][-1]).startswith(code)


def test_html_alone_is_shown_as_its_text() -> None:
    raw = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/html\r\n\r\n"
    raw += b"<style>p{}</style><p>Code <b>123456</b></p>"
    assert decode(raw) == ("Grüße", "Code 123456")


@pytest.mark.parametrize("raw", [b"", b"\xff" * 100, b"Content-Type: text/plain; charset=nonsense\r\n\r\nhi"])
def test_hostile_mails_never_raise(raw: bytes) -> None:
    assert len(decode(raw)) == 2


def test_the_api_answers_newest_first_and_by_address(store: MailStore, pages: str) -> None:
    for number in range(3):
        store.add(["a+b@example.org"], _mail("x", f"mail {number}").as_bytes())
    store.add(["other@example.org"], _mail("x").as_bytes())
    found = json.loads(_get(f"{pages}/api/messages?to=a%2Bb@example.org"))
    assert [mail["text"] for mail in found] == ["mail 2", "mail 1", "mail 0"]
    assert set(found[0]) == {"to", "subject", "text", "received_at"}
    assert len(json.loads(_get(f"{pages}/api/messages"))) == 4


def test_mails_survive_a_restart(store: MailStore, tmp_path: Path) -> None:
    store.add(["ana@example.org"], _mail("x").as_bytes())
    assert MailStore(tmp_path / "mail").mails() == store.mails()


def test_the_page_shows_the_code_large_and_escapes_everything() -> None:
    evil = "<script>alert(1)</script>"
    html = page([Mail(evil, evil, f"{evil} code 123456", "2026-01-01T00:00:00.000Z")], evil)
    assert '<p class="code">123456</p>' in html
    assert evil not in html


def test_the_page_is_served(store: MailStore, pages: str) -> None:
    assert "No mail yet" in _get(f"{pages}/")
    store.add(["ana@example.org"], _mail("x").as_bytes())
    assert "ana@example.org" in _get(f"{pages}/")
