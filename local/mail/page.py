"""The mailbox's page: mails newest first, the code large, everything from outside escaped."""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape

from local.mail.store import Mail

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_STYLE = """
:root{color-scheme:light dark;--line:#d0d7de;--soft:#59636e;--code:#0a58ca;--card:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#9198a1;--code:#79b8ff;--card:#161b22}}
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}
article{border:1px solid var(--line);background:var(--card);border-radius:8px;padding:1rem;margin:1rem 0}
h2{font-size:1.05rem;margin:0}
.about{color:var(--soft);margin:0;overflow-wrap:anywhere}
.code{font:700 2.2rem/1.2 ui-monospace,monospace;letter-spacing:.15em;color:var(--code);margin:.5rem 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:.5rem 0 0}
"""
# Fetches the page again and swaps its main part only when something changed, so that a selection survives.
_SCRIPT = """
setInterval(async () => {
  try {
    const text = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    const shown = document.querySelector("main");
    if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
  } catch { /* the mailbox is being started again; the next round will tell */ }
}, 2000);
"""


def _source(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src {_source(_STYLE)}; script-src {_source(_SCRIPT)}; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(mails: Sequence[Mail], to: str | None) -> str:
    """The whole page as HTML."""
    whose = f"Mails to {escape(to)}" if to else "Mails"
    shown = "".join(_card(mail) for mail in mails[:100]) or "<p>No mail yet.</p>"
    everyone = '<p><a href="/">Show the mails to everyone</a></p>' if to else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Mailbox · Image Portal</title><style>{_STYLE}</style>"
        '<noscript><meta http-equiv="refresh" content="3"></noscript></head>'
        f'<body><main aria-live="polite"><h1>{whose}</h1>{everyone}{shown}</main>'
        f"<script>{_SCRIPT}</script></body></html>"
    )


def _card(mail: Mail) -> str:
    code = _CODE.search(mail.text)
    large = f'<p class="code">{code[0]}</p>' if code else ""
    when = escape(mail.received_at)
    return (
        f"<article><h2>{escape(mail.subject) or '(no subject)'}</h2>"
        f'<p class="about">to {escape(mail.to)} · <time datetime="{when}">{when}</time></p>'
        f"{large}<pre>{escape(mail.text)}</pre></article>"
    )
