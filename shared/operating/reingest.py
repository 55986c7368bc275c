"""Making renditions anew: starting a run, and pausing, resuming or cancelling it, for the page, the API and the
terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from shared.domain.ids import parse_id
from shared.domain.images import RECIPE
from shared.domain.operator_acts import Operator, Verb
from shared.domain.reingest import Run, Standing, Which
from shared.operating.parts import OperatingParts

LONGEST_NAME = 100
STANDS = {
    Verb.PAUSE_REINGEST: Standing.PAUSED,
    Verb.RESUME_REINGEST: Standing.RUNNING,
    Verb.CANCEL_REINGEST: Standing.CANCELLED,
}
"""Where a run is after a verb."""


class WhichFault(ValueError):
    """What was asked for can't be understood: a sentence for each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Told:
    """What became of it, in words, and the run as it is then; `done`: whether this changed anything."""

    done: bool
    sentence: str
    run: Run | None


def which_of(asked: Mapping[str, str]) -> Which:
    """The condition that these texts spell, those that are empty or missing left out. Moments are days or ISO 8601, in
    UTC unless they say otherwise. Raises WhichFault."""
    errors: dict[str, str] = {}
    texts = {name: text.strip() for name, text in asked.items() if text.strip()}
    moments: dict[str, datetime | None] = {}
    for name in ("since", "before", "made_before"):
        moments[name] = None
        if text := texts.get(name):
            try:
                moment = datetime.fromisoformat(text)
                moments[name] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
            except (ValueError, OverflowError):
                errors[name] = "Write a day like 2026-03-31."
    since, before = moments["since"], moments["before"]
    if since and before and since >= before:
        errors["before"] = "It must be after the day from which on images are meant."
    image_id = parse_id(texts["image"]) if "image" in texts else None
    if "image" in texts and image_id is None:
        errors["image"] = "This is no image’s id."
    username = texts.get("username", "").removeprefix("@") or None
    if username and len(username) > LONGEST_NAME:
        errors["username"] = "No name is that long."
    older = texts.get("older_than")
    if older and not (older.isascii() and older.isdecimal() and 1 <= int(older[:9]) <= RECIPE):
        errors["older_than"] = f"Write a recipe’s number, from 1 to {RECIPE}."
    if errors:
        raise WhichFault(errors)
    return Which(image_id=image_id, username=username, older_than=int(older) if older else None, **moments)


def start(parts: OperatingParts, by: Operator, which: Which, run_id: UUID) -> Told:
    """Begin a run; what is under way for the same images goes on instead. Raises Unavailable, and then nothing was
    begun."""
    before = parts.reingest.find(run_id)
    run = parts.reingest.start(run_id, by, which)
    if run is None:
        return Told(False, "There is no such image, so nothing was begun.", None)
    if before or run.id != run_id:
        return Told(
            False, f"It is {run.standing} already: begun by {run.by} at {run.started_at:%H:%M} UTC.", run
        )
    return Told(True, f"Begun for {_images(run.asked)}. New uploads go first.", run)


def act(parts: OperatingParts, by: Operator, run_id: UUID, verb: Verb) -> Told:
    """Pause, resume or cancel a run. Raises Unavailable, and then nothing was changed."""
    before = parts.reingest.find(run_id)
    run = parts.reingest.act(run_id, by, verb)
    if run is None:
        return Told(False, "There is no such run.", None)
    if before and before.standing is not run.standing and run.standing is STANDS[verb]:
        return Told(
            True, _DONE[verb].format(images=_images(run.waiting), s="s" if run.waiting == 1 else ""), run
        )
    if run.standing is STANDS[verb]:
        return Told(False, f"It is {run.standing} already.", run)
    return Told(False, f"Nothing was changed: it is {run.standing}.", run)


_DONE = {
    Verb.PAUSE_REINGEST: "Paused. What is being made is finished; {images} wait{s}.",
    Verb.RESUME_REINGEST: "It goes on. {images} wait{s}.",
    Verb.CANCEL_REINGEST: "Cancelled. {images} keep{s} what there is.",
}


def _images(count: int) -> str:
    return f"{count:,} {'image' if count == 1 else 'images'}"


def row_of(run: Run) -> dict[str, str | int | datetime | None]:
    """A run for programs: the same fields from the API and at a terminal."""
    return {
        "id": str(run.id),
        "standing": run.standing,
        "images": run.which.sentence,
        "by": run.by,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "asked": run.asked,
        **run.counts,
    }
