"""Traces of an upload's way: one trace over both tiers where they are wanted, nothing at all elsewhere."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import structlog
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from shared import tracing
from shared.domain.refusals import Refusal, Rejected
from tests.support_memory import World, file, small_photo

ROOT = Path(__file__).parents[2]
LOADED = "import sys; import shared.tracing as t; t.begin('x'); print(any('opentelemetry' in m for m in sys.modules))"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    monkeypatch.setattr(tracing, "_tracer", None)
    exporter = InMemorySpanExporter()
    tracing.trace_with("test", SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


def test_the_workers_span_is_a_part_of_the_webs_trace(spans: InMemorySpanExporter) -> None:
    upload_id = uuid4()
    with tracing.span("accept", upload_id):
        message = tracing.carried()
    assert message
    with (
        structlog.contextvars.bound_contextvars(upload_id=str(upload_id)),
        tracing.span("attempt", carried=message),
        tracing.span("fetch"),
    ):
        pass
    accept, fetch, attempt = spans.get_finished_spans()
    assert [span.name for span in (accept, attempt, fetch)] == ["accept", "attempt", "fetch"]
    assert accept.context
    assert attempt.context
    assert attempt.parent
    assert fetch.parent
    assert attempt.parent.span_id == accept.context.span_id
    assert fetch.parent.span_id == attempt.context.span_id
    assert len({span.context.trace_id for span in (accept, attempt, fetch) if span.context}) == 1
    for span in (accept, attempt, fetch):
        assert dict(span.attributes or {}) == {"upload_id": str(upload_id)}


@pytest.mark.parametrize("carried", [None, "", "nonsense", "00-0-0-00", "x" * 5000])
def test_what_carries_no_trace_begins_one(spans: InMemorySpanExporter, carried: str | None) -> None:
    with tracing.span("attempt", UUID(int=1), carried):
        pass
    [attempt] = spans.get_finished_spans()
    assert attempt.parent is None


def test_of_an_error_its_class_is_told_and_not_its_words(spans: InMemorySpanExporter) -> None:
    with pytest.raises(Rejected), tracing.span("validate", UUID(int=1)):
        raise Rejected(Refusal.CORRUPT, "somebody's words")
    [span] = spans.get_finished_spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "Rejected")
    assert "somebody" not in span.to_json()


@pytest.mark.slow
def test_an_uploads_way_is_traced_in_both_tiers(spans: InMemorySpanExporter) -> None:
    world = World()
    world.sign_up("ann")
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(small_photo())}, headers=world.token()
    )
    assert answer.status_code == 202
    assert world.work() == ["published"]
    found = {span.name: span for span in spans.get_finished_spans()}
    assert set(found) == {"accept", "fetch", "validate", "publish"}
    assert dict(found["accept"].attributes or {}) == {"upload_id": (answer.json or {})["id"]}


def test_where_it_is_off_there_is_nothing() -> None:
    assert tracing._tracer is None
    assert tracing.carried() is None
    assert tracing.span("a", UUID(int=1)) is tracing.span("b"), "no object for each call"


@pytest.mark.slow
@pytest.mark.parametrize(("endpoint", "said"), [("", ""), ("http://127.0.0.1:9", "no traces")])
def test_without_a_wish_nothing_is_imported_and_without_the_packages_nothing_fails(
    endpoint: str, said: str
) -> None:
    environ = os.environ | {tracing.ENDPOINT: endpoint}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], env=environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said in done.stdout
    assert bool(endpoint) or done.stdout == "False\n"
