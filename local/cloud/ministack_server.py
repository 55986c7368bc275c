"""Runs ministack in its own environment, and has it write its state while it runs.

By itself it writes accounts and queues only when it is stopped cleanly: a kill -9 would take every account with it.
Here an answered call about accounts, keys, buckets or queues is on disk; messages follow within a second or so (a
message lost in between is what the sweep heals). Executed by the cloud environment's Python; imports nothing of ours.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app as ministack  # type: ignore[import-not-found]  # in an environment of its own
from ministack.core.persistence import save_state  # type: ignore[import-not-found]  # as above

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

# Reading calls of Cognito; every other one may have changed an account.
_READS = ("Get", "List", "Describe", "AdminGet", "AdminList")
# Messages change often and are written together; rare calls are written before they are answered.
_MESSAGE_CALLS = ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
_INTERVAL_SECONDS = 1.0
# At most this share of the time goes into copying a long queue.
_SHARE = 0.05

_dirty: set[str] = set()
_inner = ministack.app


def _save(services: set[str]) -> float:
    """Write these services' state; returns the seconds it took."""
    begun = time.monotonic()
    for service, get_state in ministack._build_persistence_save_dict().items():
        if service in services:
            save_state(service, get_state())
    return time.monotonic() - begun


def _changed(scope: MutableMapping[str, Any]) -> tuple[str, bool]:
    """The service whose state this request may change (or ""), and whether to write it before answering."""
    headers = dict(scope["headers"])
    if b"/iam/aws4_request" in headers.get(b"authorization", b""):
        return "iam", True
    target = headers.get(b"x-amz-target", b"").decode("latin-1")
    service, _, action = target.rpartition(".")
    if service == "AWSCognitoIdentityProviderService":
        return ("", False) if action.startswith(_READS) else ("cognito", True)
    if service == "AmazonSQS":
        if action.startswith(("Get", "List")):
            return "", False
        return "sqs", not action.startswith(_MESSAGE_CALLS)
    if scope["method"] in ("PUT", "DELETE") and scope["path"].strip("/").count("/") == 0:
        return "s3", True  # a bucket or its settings; objects are written as they come
    return "", False


async def app(scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """Ministack's own application, with the state written as promised above."""
    if scope["type"] == "lifespan":
        task = asyncio.create_task(_write_messages())
        try:
            await _inner(scope, receive, send)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return
    service, at_once = _changed(scope) if scope["type"] == "http" else ("", False)

    async def saving_send(message: Message) -> None:
        if service and message["type"] == "http.response.start" and message["status"] < 300:
            if at_once:
                _save({service})
            else:
                _dirty.add(service)
        await send(message)

    await _inner(scope, receive, saving_send)


async def _write_messages() -> None:
    pause = _INTERVAL_SECONDS
    while True:
        await asyncio.sleep(pause)
        services = set(_dirty)
        _dirty.clear()
        took = _save(services) if services else 0.0
        pause = max(_INTERVAL_SECONDS, took / _SHARE)


if __name__ == "__main__":
    ministack.app = app
    ministack.main()
