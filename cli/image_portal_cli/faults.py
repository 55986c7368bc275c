"""Why a command ends early, each kind with its exit code; and why one file is not taken."""


class Fault(Exception):
    """Ends the command; the text is for the person who typed it."""

    exit_code = 1


class UsageFault(Fault):
    """What was asked for can't be done by anybody."""

    exit_code = 2


class NotLoggedIn(Fault):
    """There is no session, or it is over."""

    exit_code = 3


class PortalAway(Fault):
    """No portal answers, also after patience."""

    exit_code = 4


class Stopped(Fault):
    """Ctrl-C or SIGTERM."""

    exit_code = 130


class Refusal(Exception):
    """The portal's no: HTTP status, stable code, and a sentence; and the session of a log-in that waits for a code."""

    def __init__(self, status: int, code: str, sentence: str, session: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.session = session


class FileChanged(Exception):
    """A file was written to while it was sent; nothing of it was kept."""
