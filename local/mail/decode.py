"""Subject and readable text of a mail, whatever is in it."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

_MAX_TEXT_CHARACTERS = 50_000


def decode(raw: bytes) -> tuple[str, str]:
    """Subject and readable text of a mail: its plain part, else its HTML without tags. Never raises."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        subject = " ".join(str(message.get("Subject", "")).split())
        text = _text(message)
    except Exception:  # noqa: BLE001 - the email package raises many kinds on hostile input; show it undecoded
        subject, text = "(unreadable mail)", raw.decode(errors="replace")
    return subject[:500], text.strip()[:_MAX_TEXT_CHARACTERS]


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        text = data.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        text = data.decode("utf-8", errors="replace")
    if part.get_content_subtype() == "html":
        stripper = _TextOfHtml()
        stripper.feed(text)
        stripper.close()
        return "".join(stripper.parts)
    return text.replace("\r\n", "\n")


class _TextOfHtml(HTMLParser):
    """Collects the text between tags, with line breaks where blocks end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in ("style", "script")
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script") and self._hidden > 0
        if tag in ("p", "div", "tr", "h1", "h2", "h3", "li"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
