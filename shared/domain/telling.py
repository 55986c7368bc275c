"""The lines of an upload's timeline in plain words. The recorded ones stay as they are: they are searched for."""

from shared.domain.refusals import Refusal
from shared.domain.uploads import Event

STEPS = {
    "fetch": "Fetching from staging",
    "validate": "Checking, and making renditions",
    "publish": "Storing original and renditions",
    "hold": "Held for a moderator",
    "album": "Put into an album",
    "dead-letter": "Given up by SQS",
    "requeue": "Sent again by the sweep",
    "spare": "Sent again by a worker",
    "redrive": "Sent again by an operator",
    "retry": "Sent again by its owner",
    "release": "Let through by a moderator",
    "refuse": "Refused by a moderator",
    "discard": "Discarded by an operator",
    "edit": "Edited by its owner",
    "re-ingest": "Renditions made anew",
    "hide": "Hidden by a moderator",
    "unhide": "Shown again by a moderator",
    "take back": "Taken back",
    "restore": "Restored by its owner",
    "erase": "Erased",
}
_ERRORS = {
    "StoreUnavailable": "S3 did not answer as it should",
    "CatalogueUnavailable": "the database did not answer as it should",
    "QueueUnavailable": "SQS did not answer as it should",
    "StagedBytesWrong": "staging does not hold what the manifest names",
    "StillThere": "something was found when it was looked for again",
    "MemoryError": "the worker had too little memory",
}


def step_in_words(event: Event) -> str:
    """What was done."""
    return STEPS.get(event.step, event.step.capitalize())


def result_in_words(event: Event) -> str:
    """How it ended."""
    kind, _, rest = event.result.partition(": ")
    if event.result == "ok":
        return "All well."
    if kind == "rejected":
        sentence = _sentences().get(rest)
        return f"The file was refused: {sentence}" if sentence else f"The file was refused ({rest})."
    if kind == "failed":
        return (
            f"This attempt failed: {_ERRORS.get(rest, f'an error of ours, {rest}')}. The message comes again."
        )
    if event.result == "interrupted":
        return "The attempt was cut off in the middle. The message comes again."
    if event.step == "dead-letter":
        return f"Nothing more happens by itself. Its last error: {event.result}"
    if not event.result:
        return "Nothing was recorded."
    return f"{event.result[:1].upper()}{event.result[1:]}{'' if event.result.endswith(('.', '!')) else '.'}"


def _sentences() -> dict[str, str]:
    return {str(refusal): refusal.sentence for refusal in Refusal}
