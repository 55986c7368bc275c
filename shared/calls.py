"""Seconds and errors of calls to S3, SQS, MySQL and Cognito, as both tiers count them."""

from functools import cache

from prometheus_client import Counter, Histogram

SECONDS = Histogram(
    "portal_call_seconds",
    "Time until a call to S3, SQS, MySQL or Cognito was answered, with its retries, in seconds, by operation.",
    ["service", "operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ERRORS = Counter(
    "portal_call_errors_total",
    "Calls to S3, SQS, MySQL or Cognito that failed, by operation and kind.",
    ["service", "operation", "kind"],
)


@cache
def _seconds(service: str, operation: str) -> Histogram:
    return SECONDS.labels(service, operation)


def call(service: str, operation: str, seconds: float) -> None:
    """Count one call that was answered."""
    _seconds(service, operation).observe(seconds)


def error(service: str, operation: str, kind: str) -> None:
    """Count one call that failed."""
    ERRORS.labels(service, operation, kind).inc()
