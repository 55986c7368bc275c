"""Who reads figures by METRICS_TOKEN: scrapers and autoscalers, which have no account."""

from flask import request

from shared.counting import may_scrape
from web.http.parts import parts


def is_bearer() -> bool:
    """Whether the caller brings METRICS_TOKEN. Nobody does where it isn't set."""
    token = parts().settings.metrics_token
    return token is not None and may_scrape(
        token.get_secret_value(), request.headers.get("Authorization", ""), None, None
    )
