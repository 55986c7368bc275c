"""An AWS account and region as the steps see it: its clients, made once each."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session

CONFIG = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=10, read_timeout=60)


class Account:
    """Clients by service. Credentials are found as the AWS CLI finds them."""

    def __init__(self, session: Session, region: str) -> None:
        self._session = session
        self.region = region
        self.client = cache(self._client)

    def _client(self, service: str) -> Any:
        return self._session.create_client(service, region_name=self.region, config=CONFIG)
