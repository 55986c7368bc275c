"""The one message shape a worker accepts, checked before Celery sees it.

Celery acts on what a message says: which task, when, for how long, what to run afterwards, how to decompress.
Several malformed shapes stop the whole worker. So a message is read strictly here and then written anew
from the three values that matter; nothing else of it goes any further.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

_NOTHING_AFTER = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
_MUST_BE_EMPTY = ("eta", "expires", "compression", "group", "shadow", "stamped_headers")


class MalformedMessageError(ValueError):
    """The message is not the producer's; the text says in what respect and quotes nothing of it."""


@dataclass(frozen=True)
class Envelope:
    """What one well-formed message asks for."""

    task: str
    task_id: UUID
    owner: UUID
    upload_id: UUID

    def payload(self, delivery_info: dict[str, Any], delivery_tag: str) -> dict[str, Any]:
        """Kombu's form of this message: protocol 2, JSON, with defaults in every other place."""
        task_id = str(self.task_id)
        arguments = {"owner": str(self.owner), "upload_id": str(self.upload_id)}
        return {
            "body": json.dumps([[], arguments, _NOTHING_AFTER]),
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {
                "lang": "py",
                "task": self.task,
                "id": task_id,
                "root_id": task_id,
                "retries": 0,
                "timelimit": [None, None],
                "argsrepr": "()",
                "kwargsrepr": repr(arguments),
                "ignore_result": True,
            },
            "properties": {
                "correlation_id": task_id,
                "body_encoding": None,
                "delivery_info": delivery_info,
                "delivery_tag": delivery_tag,
            },
        }


def read(text: object, task: str) -> Envelope:
    """Read an SQS message body that asks for `task`. Raises MalformedMessageError on anything but the producer's
    exact shape."""
    message = _object(_parsed(text, "message"), "message")
    if message.get("content-type") != "application/json" or message.get("content-encoding") != "utf-8":
        raise MalformedMessageError("the content is not JSON in UTF-8")
    properties = _object(message.get("properties"), "properties")
    if properties.get("body_encoding") not in (None, "utf-8"):
        raise MalformedMessageError("the body is encoded")
    headers = _object(message.get("headers"), "headers")
    if headers.get("task") != task:
        raise MalformedMessageError("the task is not this worker's")
    if present := [name for name in _MUST_BE_EMPTY if headers.get(name) is not None]:
        raise MalformedMessageError(f"the header {present[0]} is set")
    if headers.get("timelimit") != [None, None] or headers.get("retries") != 0:
        raise MalformedMessageError("the headers change the time limit or count retries")
    match _parsed(message.get("body"), "body"):
        case [[], {"owner": owner, "upload_id": upload_id, **others}, after] if not others:
            if after != _NOTHING_AFTER:
                raise MalformedMessageError("the body asks for more work afterwards")
            task_id = _uuid(headers.get("id"), "id")
            return Envelope(task, task_id, _uuid(owner, "owner"), _uuid(upload_id, "upload_id"))
    raise MalformedMessageError("the body is not an owner and an upload_id")


def _parsed(text: object, what: str) -> object:
    if not isinstance(text, str):
        raise MalformedMessageError(f"the {what} is not text")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # too deep a nesting is a RecursionError
        raise MalformedMessageError(f"the {what} is not JSON ({type(error).__name__})") from None


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedMessageError(f"the {what} is not a JSON object")
    return value


def _uuid(value: object, what: str) -> UUID:
    try:
        parsed = UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise MalformedMessageError(f"the {what} is not a UUID") from None
    if str(parsed) != value:  # UUID() also takes braces, urn: and missing hyphens
        raise MalformedMessageError(f"the {what} is not a UUID in its usual form")
    return parsed
