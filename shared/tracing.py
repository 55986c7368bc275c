"""Traces of an upload's way, from its acceptance over its message to its attempts and their steps; off by default.

On where OTEL_EXPORTER_OTLP_ENDPOINT is set and requirements-tracing.txt is installed. Otherwise nothing of
OpenTelemetry is imported. Spans have the `upload_id` and, of an error, its class: never its words, which may be
somebody's data.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from uuid import UUID

import structlog

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
CARRIED = "traceparent"
"""What a message carries: the name and form of https://www.w3.org/TR/trace-context/."""

log = structlog.get_logger(__name__)
_tracer: Any = None
_nothing = nullcontext()


def begin(service: str) -> None:
    """Trace in this process from now on, if that is wanted and possible. After a fork: what exports is a thread."""
    if not os.environ.get(ENDPOINT):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found, unused-ignore]
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        log.warning("no traces: requirements-tracing.txt is not installed", error=str(error))
        return
    trace_with(service, BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=1000))


def trace_with(service: str, processor: Any) -> None:
    """Give every span to a processor of OpenTelemetry's."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    global _tracer  # one for a process, as its exporter is
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("image-portal")


def span(
    name: str, upload_id: UUID | None = None, carried: str | None = None
) -> AbstractContextManager[object]:
    """A span around what is done within; with what a message `carried`, a part of the trace that it comes from. Without
    an upload's id, it is the one that log lines have."""
    return _nothing if _tracer is None else _recorded(name, upload_id, carried)


def carried() -> str | None:
    """What a message that is sent now is to carry."""
    if _tracer is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(CARRIED)


@contextmanager
def _recorded(name: str, upload_id: UUID | None, parent: str | None) -> Iterator[None]:
    from opentelemetry.trace import Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    known = upload_id or structlog.contextvars.get_contextvars().get("upload_id")
    context = TraceContextTextMapPropagator().extract({CARRIED: parent}) if parent else None
    with _tracer.start_as_current_span(
        name,
        context=context,
        attributes={"upload_id": str(known)} if known else {},
        record_exception=False,
        set_status_on_exception=False,
    ) as recorded:
        try:
            yield
        except Exception as error:
            recorded.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
