"""What a session was begun with, in words that people know: `Firefox on Linux`."""

import re

# The first that is found counts: each browser also names those that it wants to be taken for.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
UNKNOWN = "An unknown program"
_PROGRAM = re.compile(r"[\w.+-]{1,40}(/[\w.+-]{1,20})?")


def device_of(user_agent: str) -> str:
    """A browser and its system, or a program's own name; at most 62 characters."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), None)
    if browser and user_agent.startswith("Mozilla/"):
        system = next((name for sign, name in SYSTEMS if sign in user_agent), None)
        return f"{browser} on {system}" if system else browser
    program = _PROGRAM.match(user_agent)
    return program[0].replace("/", " ") if program else UNKNOWN
