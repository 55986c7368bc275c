"""What each command does; each returns an exit code or raises a Fault."""

import getpass
import json
import sys
import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from image_portal_cli import albums, report
from image_portal_cli.arguments import portal_address
from image_portal_cli.client import Client
from image_portal_cli.faults import NotLoggedIn, Refusal, Stopped, UsageFault
from image_portal_cli.files import find
from image_portal_cli.login import Login, session_of
from image_portal_cli.places import config_directory, state_directory, write_private
from image_portal_cli.progress import Progress
from image_portal_cli.sessions import Sessions
from image_portal_cli.state import State, file_of
from image_portal_cli.uploader import Job, Uploader

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def portal_of(options: Namespace, environ: Mapping[str, str], sessions: Sessions) -> str:
    """The portal that is meant: by option, by environment, or because there is only one log-in."""
    if given := options.portal or environ.get("IMAGE_PORTAL_URL"):
        return portal_address(given)
    known = [session.portal for session in sessions.all()]
    if len(known) == 1:
        return known[0]
    if not known:
        raise NotLoggedIn("You are not logged in. image-portal login --portal URL")
    raise UsageFault(f"Which portal? --portal {' or '.join(known)}")


def login(options: Namespace, environ: Mapping[str, str]) -> int:
    """Log in and keep the session."""
    sessions = Sessions(config_directory(environ))
    given = options.portal or environ.get("IMAGE_PORTAL_URL")
    if not given:
        raise UsageFault("Which portal? --portal URL, or IMAGE_PORTAL_URL.")
    portal = portal_address(given)
    parts = urlsplit(portal)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        _complain(f"Note: {portal} is not encrypted; your password can be read on its way.")
    try:
        username = options.username or input("Username: ").strip()
        password = environ.get("IMAGE_PORTAL_PASSWORD") or getpass.getpass("Password: ")
    except EOFError:
        raise UsageFault(
            "No name or password. Use --username and IMAGE_PORTAL_PASSWORD where nobody types."
        ) from None
    client = Client(portal, retries=2)
    try:
        answer = client.call("POST", "/session", json={"username": username, "password": password})
    except Refusal as refusal:
        if not refusal.session:
            raise NotLoggedIn(refusal.sentence) from refusal
        answer = _second_step(client, username, refusal.session)
    sessions.keep(session_of(portal, username, answer))
    _say(f"Logged in at {portal} as {username}.")
    return 0


def _second_step(client: Client, username: str, session: str) -> dict[str, Any]:
    """Ask for the code of the authenticator app, until it is right or the portal has enough."""
    while True:
        try:
            code = input("Code from your app: ")
        except EOFError:
            raise NotLoggedIn("This account has a second step: somebody must type the code.") from None
        try:
            return client.call(
                "POST", "/session", json={"username": username, "session": session, "code": code}
            )
        except Refusal as refusal:
            if refusal.code not in ("code_mismatch", "code_used", "missing_field"):
                raise NotLoggedIn(refusal.sentence) from refusal
            _complain(refusal.sentence)


def logout(options: Namespace, environ: Mapping[str, str]) -> int:
    """Forget the session, and have the portal end it."""
    sessions = Sessions(config_directory(environ))
    portal = portal_of(options, environ, sessions)
    session = sessions.get(portal)
    if session is None:
        raise NotLoggedIn(f"You are not logged in at {portal}.")
    sessions.forget(portal)
    try:
        Client(portal, retries=2).call("DELETE", "/session", json={"refresh_token": session.refresh_token})
    except Refusal as refusal:
        _complain(f"The portal says: {refusal.sentence}")
    _say(f"Logged out at {portal}.")
    return 0


def status(options: Namespace, environ: Mapping[str, str]) -> int:
    """Every log-in; with a folder, what became of it so far. Asks the portal nothing but whether the session holds."""
    sessions = Sessions(config_directory(environ))
    portal = portal_of(options, environ, sessions)
    account = Login(Client(portal, retries=1), sessions)
    account.call("GET", "/uploads", query={"limit": "1"})
    _say(f"Logged in at {portal} as {account.username}.")
    if options.directory:
        folder = _folder(options.directory)
        file = file_of(state_directory(environ), portal, account.username, folder)
        if not file.exists():
            _say(f"Nothing was uploaded from {folder} yet.")
            return 0
        state = State(file)
        counts = ", ".join(f"{count} {name}" for name, count in state.counts().items()) or "nothing yet"
        state.close()
        _say(f"{folder}: {counts}")
        _say(f"Kept in {file}")
    return 0


def upload(options: Namespace, environ: Mapping[str, str]) -> int:
    """Upload a folder, and report."""
    folder, sessions = _folder(options.directory), Sessions(config_directory(environ))
    client = Client(portal_of(options, environ, sessions), retries=options.retries)
    account = Login(client, sessions)
    progress = Progress(quiet=options.quiet)
    found = find(folder, recursive=options.recursive)
    for note in found.notes:
        progress.note(note)
    state = State(file_of(state_directory(environ), client.url, account.username, folder))
    licence = options.licence or default_licence(account)
    fields = {"caption": options.caption, "licence": licence, "album": options.album}
    job = Job(folder, {k: v for k, v in fields.items() if v}, options.parallel, options.wait, options.again)
    uploader, begun = Uploader(account, state, job, progress.finished), time.monotonic()
    progress.begin(len(found.images))
    try:
        uploader.run(found.images)
        if options.album:
            albums.put(account, options.album, uploader.published())
    except KeyboardInterrupt:
        raise Stopped("Stopped. The same command goes on from here.") from None
    finally:
        progress.end()
        state.close()
        written = report.as_json(
            uploader.entries,
            portal=client.url,
            username=account.username,
            folder=str(folder),
            seconds=time.monotonic() - begun,
        )
        _publish(written, options)
    return report.exit_code(uploader.entries, wait=options.wait)


def default_licence(account: Login) -> str:
    """What the person chose on the portal; "" where the portal knows no such choice."""
    try:
        return str(account.call("GET", "/account")["default_licence"])
    except Refusal as refusal:
        if refusal.status != 404:
            raise
        return ""


def _publish(written: dict[str, object], options: Namespace) -> None:
    text = json.dumps(written, indent=1, ensure_ascii=False)
    if options.report:
        write_private(Path(options.report), text + "\n")
    for line in [text] if options.json else report.as_lines(written):
        _say(line)


def _folder(text: str) -> Path:
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise UsageFault(f"{folder} is no folder.")
    return folder.resolve()


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
