"""Answers about where the queue goes."""

from typing import Annotated, Literal

from pydantic import Field

from shared.domain.forecast import Forecast, Outlook
from shared.domain.samples import Point, Span
from web.http.schema import Input, Output, Timestamp

Rate = Annotated[float | None, Field(description="A minute; null while unknown.", examples=[41.5])]
Counted = Annotated[int | None, Field(description="Null while unknown.", examples=[37])]


class ForecastResource(Output):
    """Will the queue clear?"""

    state: Annotated[Outlook, Field(examples=["clears"])]
    sentence: Annotated[str, Field(examples=["The queue clears in about 12 min."])]
    waiting: Counted
    seconds: Annotated[
        float | None, Field(description="Null unless it clears, or is clear.", examples=[720.0])
    ]
    grows_per_minute: Rate
    more_workers: Annotated[
        int | None, Field(description="So many more would clear it in 30 minutes.", examples=[2])
    ]
    arrivals_per_minute: Rate
    completions_per_minute: Annotated[Rate, Field(description="What workers can complete.")]

    @classmethod
    def of(cls, told: Forecast) -> "ForecastResource":
        """What the API tells of a forecast."""
        return cls(
            state=Outlook.CLEARS if told.outlook is Outlook.EMPTY else told.outlook,
            sentence=f"The queue {told.sentence}. {told.why}".strip(),
            waiting=told.waiting,
            seconds=told.seconds,
            grows_per_minute=told.growth,
            more_workers=told.more_workers,
            arrivals_per_minute=told.pace.arrivals,
            completions_per_minute=told.pace.capacity,
        )


class PointResource(Output):
    """One step of a chart."""

    at: Timestamp
    depth: Annotated[int | None, Field(description="Waiting or in flight, at its highest.", examples=[37])]
    arrivals: Rate
    completions: Rate

    @classmethod
    def of(cls, point: Point) -> "PointResource":
        """What the API tells of a point."""
        return cls(at=point.at, depth=point.depth, arrivals=point.arrivals, completions=point.completions)


class AskTrends(Input):
    """How far back."""

    span: Annotated[Literal["1h", "24h", "7d"], Field(description="How far back.")] = "1h"


class Trends(Output):
    """A few hundred points at most, oldest first; a step without a sample has none."""

    span: Span
    step_seconds: Annotated[int, Field(examples=[60])]
    last_sample_age_seconds: Annotated[
        float | None, Field(description="Null before the first.", examples=[12.5])
    ]
    points: list[PointResource]
