"""Times that operators type: minutes, in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime

from shared.domain.failures import Span
from web.http.problems import Problem


def span_of(given: Mapping[str, str]) -> Span:
    """From when to when, of the fields `from` and `to`. Raises a 422 Problem."""
    return Span(moment(given, "from"), moment(given, "to"))


def moment(given: Mapping[str, str], name: str) -> datetime | None:
    """One of them; empty is none."""
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "invalid_parameter", f"{name}: a time like 2026-03-04T05:06, in UTC.") from error


def fields_of(span: Span) -> dict[str, str]:
    """The same as fields again, for addresses and forms; what is open is left out."""
    both = {"from": span.since, "to": span.until}
    return {name: f"{at:%Y-%m-%dT%H:%M}" for name, at in both.items() if at}
