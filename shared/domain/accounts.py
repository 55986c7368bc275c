"""What a user name and an e-mail address must look like."""

import re

USERNAME = re.compile(r"[a-z0-9_.-]{3,30}")
NEW_USERNAME = re.compile(r"[a-z0-9][a-z0-9_.-]{2,29}")
USERNAME_RULE = (
    "3 to 30 characters: lower-case letters, digits, dot, dash and underscore; a letter or a digit first."
)
# Whoever has one of these speaks for the portal, or would be believed to.
# fmt: off
RESERVED = frozenset({
    "abuse", "admin", "administrator", "copyright", "dmca", "help", "hostmaster", "image-portal", "info",
    "legal", "mail", "moderation", "moderator", "moderators", "no-reply", "noreply", "official", "operator",
    "operators", "owner", "portal", "postmaster", "privacy", "root", "security", "staff", "support", "system",
    "team", "webmaster",
})
# fmt: on
_RESERVED_PLAIN = frozenset(name.replace("-", "") for name in RESERVED)
OPERATORS, MODERATORS, WATCHERS = "operators", "moderators", "viewers"
"""Groups of those who look after the portal."""
MIN_PASSWORD_CHARACTERS = 10
PASSWORD_RULES = (
    f"At least {MIN_PASSWORD_CHARACTERS} characters. Several words are good; nothing else is asked for."
)
MAX_EMAIL_CHARACTERS = 254


def username_fault(username: str) -> str | None:
    """A sentence when the name can't be used."""
    return None if USERNAME.fullmatch(username) else f"This user name can't be used. {USERNAME_RULE}"


def new_username_fault(username: str) -> str | None:
    """A sentence when nobody may take this name."""
    if not NEW_USERNAME.fullmatch(username):
        return f"This user name can't be used. {USERNAME_RULE}"
    plain = re.sub(r"[._-]|[0-9]+$", "", username)  # ad.min and support1 would be believed as much
    return "This user name is the portal's own. Choose another one." if plain in _RESERVED_PLAIN else None


def password_fault(password: str) -> str | None:
    """A sentence when it is too short."""
    if not password:
        return "Choose a password."
    return f"This password is too weak. {PASSWORD_RULES}" if len(password) < MIN_PASSWORD_CHARACTERS else None


def code_as_typed(text: str) -> str:
    """A mailed code; people type it in groups, with spaces between."""
    return "".join(text.split())


def email_fault(email: str) -> str | None:
    """A sentence when this can't be an address; whether it exists, only a mail can tell."""
    name, at, domain = email.rpartition("@")
    plausible = at and name and "." in domain.strip(".") and not any(c.isspace() for c in email)
    if plausible and len(email) <= MAX_EMAIL_CHARACTERS:
        return None
    return "This does not look like an e-mail address."
