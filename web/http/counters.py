"""What the web tier counts while it works; `web.metrics` shows it to Prometheus."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter(
    "portal_requests_total", "Answers of the web tier, by endpoint and status.", ["endpoint", "status"]
)
SECONDS = Histogram(
    "portal_request_seconds",
    "Time to answer, in seconds, by endpoint.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
ACCEPTED = Counter("portal_uploads_accepted_total", "Uploads that were accepted, by format.", ["format"])
REFUSED = Counter("portal_uploads_refused_total", "Files that were not accepted, by code.", ["code"])
