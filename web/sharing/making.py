"""Making a link, changing its terms and revoking it: for the owner of what it shows alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from werkzeug.security import generate_password_hash

from shared.domain.ids import parse_id
from shared.domain.shares import (
    MAX_PASSWORD_CHARACTERS,
    MIN_PASSWORD_CHARACTERS,
    Kind,
    NewShare,
    NewTerms,
    Share,
    new_token,
)
from shared.ports.sessions import Viewer
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.sharing.opening import link_ended

PASSWORD_RULES = f"{MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters."
LONGEST = timedelta(days=3653)


def own_target(viewer: Viewer, kind: Kind, target: str) -> UUID:
    """The id of what the viewer wants to show: an image or an album of theirs, or their own for a
    profile. Raises a 404 Problem."""
    match kind:
        case Kind.IMAGE:
            known = parse_id(target)
            image = parts().images.find(known) if known else None
            if image is None or image.owner != viewer.owner:
                raise not_found("This image")
            return image.id
        case Kind.ALBUM:
            known = parse_id(target)
            album = parts().albums.find(known) if known else None
            if album is None or album.owner != viewer.owner:
                raise not_found("This album")
            return album.id
        case Kind.PROFILE:
            return viewer.owner


def make(
    viewer: Viewer, share_id: UUID, kind: Kind, target: UUID, lifetime: timedelta | None, password: str | None
) -> Share:
    """Make a link; asked again with the same id, the one that was made. Raises a Problem."""
    wanted = NewShare(
        share_id,
        new_token(),
        kind,
        target,
        viewer.owner,
        viewer.username,
        lifetime,
        password_hash(password),
    )
    share = parts().shares.add(wanted)
    if share is None:
        raise not_found("This link")
    return share


def own_share(viewer: Viewer, share_id: str) -> Share:
    """A link of the viewer's. Raises a 404 Problem."""
    known = parse_id(share_id)
    share = parts().shares.find(known) if known else None
    if share is None or share.owner != viewer.owner:
        raise not_found("This link")
    return share


def change_terms(viewer: Viewer, share_id: str, terms: NewTerms) -> Share:
    """Give a link new terms. Raises a Problem: 404, or 410 for what was revoked."""
    share = parts().shares.change(own_share(viewer, share_id).id, viewer.owner, terms)
    if share is None:
        raise not_found("This link")
    if share.revoked_at:
        raise link_ended()
    return share


def revoke(viewer: Viewer, share_id: str) -> Share:
    """It shows nothing from now on. Raises a 404 Problem."""
    share = own_share(viewer, share_id)
    parts().shares.revoke(share.id, viewer.owner)
    return share


def until(moment: datetime | None) -> timedelta | None:
    """How long that is from now on; None is for good. Raises a 422 Problem."""
    if moment is None:
        return None
    left = moment - datetime.now(UTC)
    if not timedelta() < left <= LONGEST:
        raise Problem(422, "invalid_field", "expires_at: must be to come, and within ten years.")
    return left


def password_hash(password: str | None) -> str | None:
    """By scrypt, which takes its time. Raises a 422 Problem."""
    if password is None:
        return None
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise Problem(422, "weak_password", f"A link's password has {PASSWORD_RULES}")
    return generate_password_hash(password)
