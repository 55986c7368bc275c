"""Times as the API writes them."""

from datetime import datetime


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
