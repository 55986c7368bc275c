"""One ReceiveMessage inside Celery's event loop that always ends: with an answer, or with why there is none."""

import json
from typing import Any

import pycurl
from kombu.asynchronous.aws.connection import AsyncHTTPSConnection
from kombu.asynchronous.aws.sqs.connection import AsyncSQSConnection
from kombu.asynchronous.http.curl import CurlClient

CONNECT_TIMEOUT_SECONDS = 5

_StockClient: Any = CurlClient  # the stubs leave out what is overridden below


class PollFailed(str):
    """Why a poll yielded no answer. Returned instead of raised: kombu's promises carry no exceptions."""

    __slots__ = ()


class _Client(_StockClient):  # type: ignore[misc]  # as above
    """Takes libcurl's milliseconds for what they are. The stock client takes them for seconds, so that each
    request with a time limit would leave a timer behind for hours."""

    def _set_timeout(self, msecs: int) -> None:
        if 0 <= msecs < 1000:  # what is due later is met by the stock client's own check, every second
            self.hub.call_later(msecs / 1000, self._timeout_check)


class _HttpConnection(AsyncHTTPSConnection):
    """One request, with the limits that the stock client accepts and then ignores."""

    def getrequest(self) -> Any:
        request = super().getrequest()
        request.on_prepare = self._limit
        return request

    def _limit(self, curl: Any) -> None:
        curl.setopt(pycurl.CONNECTTIMEOUT, CONNECT_TIMEOUT_SECONDS)
        curl.setopt(pycurl.TIMEOUT, int(self.timeout))


class Connection(AsyncSQSConnection):
    """ReceiveMessage with limits; any failure becomes a `PollFailed`."""

    def __init__(self, *, limit_seconds: int, hub: Any, **options: Any) -> None:
        super().__init__(http_client=_Client(hub), **options)
        self._limit_seconds = limit_seconds

    def get_http_connection(self) -> _HttpConnection:
        return _HttpConnection(timeout=self._limit_seconds, http_client=self._httpclient)

    def _on_list_ready(self, *stock: Any) -> Any:
        response = stock[-1]
        if response.status != self.STATUS_CODE_OK:
            return PollFailed(f"HTTP {response.status} {response.reason}")
        try:
            answer = json.loads(response.read())
            return {"Messages": answer.get("Messages") or []}
        except (ValueError, AttributeError):  # some proxy's page, which botocore would read as "no messages"
            return PollFailed("HTTP 200 that is not an answer of SQS")
