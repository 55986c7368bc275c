"""Runs ministack in its own environment, and has it write its state while it runs.

By itself it writes accounts and queues only when it is stopped cleanly: a kill -9 would take every account with it.
Here an answered call about accounts, keys, buckets or queues is on disk; messages follow within a second or so (a
message lost in between is what the sweep heals). It also learns how Cognito changes an e-mail address. Executed by the
cloud environment's Python; imports nothing of ours.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app as ministack  # type: ignore[import-not-found]  # in an environment of its own
from ministack.core.persistence import save_state  # type: ignore[import-not-found]  # as above
from ministack.services import cognito  # type: ignore[import-not-found]  # as above

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


def _update_user_attributes(data: dict[str, Any]) -> Any:
    """As Cognito does it where a pool wants an address verified before it counts; by itself ministack changes it."""
    user, pool = cognito._user_pool_for_access_token(data.get("AccessToken", ""))
    settings = (pool or {}).get("UserAttributeUpdateSettings", {})
    held = settings.get("AttributesRequireVerificationBeforeUpdate", [])
    given = data.get("UserAttributes", [])
    address = next((a["Value"] for a in given if a["Name"] == "email" and "email" in held), None)
    if not user or address is None:
        return _change_at_once(data)
    user["_next_email"], user["_email_code"] = address, _EMAIL_CODE
    cognito._send_verification_email(pool, user["Username"], {"email": address}, _EMAIL_CODE)
    return _change_at_once(data | {"UserAttributes": [a for a in given if a["Name"] != "email"]})


def _verify_user_attribute(data: dict[str, Any]) -> Any:
    """What ministack has not: the code makes the new address count."""
    user, _ = cognito._user_pool_for_access_token(data.get("AccessToken", ""))
    if not user:
        return cognito.error_response_json("NotAuthorizedException", "Invalid access token.", 400)
    if error := cognito._code_error(user.get("_email_code"), data.get("Code")):
        return error
    del user["_email_code"]
    verified = [
        {"Name": "email", "Value": user.pop("_next_email")},
        {"Name": "email_verified", "Value": "true"},
    ]
    user["Attributes"] = cognito._merge_attributes(user["Attributes"], verified)
    return cognito.json_response({})


async def _dispatch(action: str, data: dict[str, Any]) -> Any:
    if action == "VerifyUserAttribute":
        return cognito._run_idp_handler(_verify_user_attribute, action, data)
    return await _dispatch_rest(action, data)


_EMAIL_CODE = "123456"  # as ministack's other codes
_change_at_once, _dispatch_rest = cognito._update_user_attributes, cognito._dispatch_idp
cognito._update_user_attributes, cognito._dispatch_idp = _update_user_attributes, _dispatch
cognito._UNSIGNED_IDP_ACTIONS.add("VerifyUserAttribute")

if __name__ == "__main__":
    ministack.app = app
    ministack.main()
