"""An upload as API and terminal tell it to an operator: the same fields, of plain values and times."""

from typing import Any

from shared.domain.telling import result_in_words, step_in_words
from shared.domain.uploads import Event, Upload
from shared.operating.known import Known
from shared.operating.stored import Stored
from shared.operating.timeline import UploadTimeline


def of_upload(upload: Upload) -> dict[str, Any]:
    """A line of a list. `recorded` is false for what no attempt has begun, and for what was refused at once."""
    return {
        "id": str(upload.id),
        "owner": str(upload.owner),
        "username": upload.username,
        "filename": upload.filename,
        "state": upload.status,
        "recorded": upload.unchanged_for is not None,
        "accepted_at": upload.accepted_at,
        "size_bytes": upload.size_bytes,
        "sha256": upload.sha256,
        "attempts": upload.attempts,
        "reason_code": upload.reason_code,
        "reason_message": upload.reason_message,
    }


def of_timeline(told: UploadTimeline) -> dict[str, Any]:
    """All that is known; `unknown` says of which parts nothing is, and why. A state that nobody can tell is null."""
    parts: dict[str, Known[Any]] = {
        "record": told.record,
        "events": told.events,
        "image": told.image,
        "manifest": told.manifest,
        "objects": told.objects,
    }
    return (of_upload(told.upload) if told.upload else {"id": str(told.id)}) | {
        "state": None if told.upload is None or told.record.unknown else told.upload.status,
        "recorded": None if told.record.unknown else told.begun,
        "refused_at_once": told.at_once,
        "way": [{"state": stop.state, "at": stop.at} for stop in told.way],
        "events": [_event(event) for event in told.events.value],
        "objects": [_stored(one) for one in told.objects.value],
        "manifest": told.manifest.value.decode(errors="replace") if told.manifest.value else None,
        "message": told.message
        and {
            "sent_at": told.message.sent_at,
            "why_sent": told.message.why_sent,
            "receives": told.message.receives,
            "words": told.message.words,
            "looks": dict(told.message.looks),
        },
        "unknown": {name: part.unknown for name, part in parts.items() if part.unknown},
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "step": event.step,
        "attempt": event.attempt,
        "worker": event.worker,
        "ms": event.ms,
        "result": event.result,
        "words": f"{step_in_words(event)}. {result_in_words(event)}",
    }


def _stored(one: Stored) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "key": one.key,
        "size_bytes": one.size_bytes,
        "age_seconds": None if one.age is None else one.age.total_seconds(),
        "sha256": one.sha256,
        "versions": list(one.versions),
        "missing": one.missing,
    }
