"""Times that operators type: minutes, in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime

from shared.domain.failures import Span
from web.http.problems import Problem


def span_of(given: Mapping[str, str]) -> Span:
    """From when to when, of the fields `since` and `until`. Raises a 422 Problem."""
    return Span(moment(given, "since"), moment(given, "until"))


def moment(given: Mapping[str, str], name: str) -> datetime | None:
    """One of them; empty is none."""
    try:
        return parse_moment(given.get(name, ""))
    except ValueError as error:
        raise Problem(422, "invalid_parameter", f"{name}: a time like 2026-03-04T05:06, in UTC.") from error


def parse_moment(text: str) -> datetime | None:
    """A time that somebody typed, UTC where they don't say; empty is none. Raises ValueError."""
    if not text.strip():
        return None
    read = datetime.fromisoformat(text.strip())
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError as error:  # a zone beyond the first or the last year
        raise ValueError(text) from error


def fields_of(span: Span) -> dict[str, str]:
    """The same as fields again, for addresses and forms; what is open is left out."""
    both = {"since": span.since, "until": span.until}
    return {name: f"{at:%Y-%m-%dT%H:%M}" for name, at in both.items() if at}
