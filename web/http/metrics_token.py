"""Who reads figures by METRICS_TOKEN: scrapers and autoscalers, which have no account."""

import hmac

from flask import request

from web.http.parts import parts


def is_bearer() -> bool:
    """Whether the caller brings METRICS_TOKEN. Nobody does where it isn't set."""
    token = parts().settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return token is not None and hmac.compare_digest(given.encode(), token.get_secret_value().encode())
