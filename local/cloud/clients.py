"""boto3 clients for the local cloud."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

REGION = "us-east-1"


class Clients:
    """boto3 clients for one endpoint and key, whatever the environment of the caller says."""

    def __init__(self, endpoint: str, key_id: str, secret: str) -> None:
        self._endpoint = endpoint
        self._session = boto3.session.Session(
            aws_access_key_id=key_id, aws_secret_access_key=secret, region_name=REGION
        )

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "Clients":
        """Those of a stack's environment."""
        return cls(env["AWS_ENDPOINT_URL"], env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])

    def make(self, service: str) -> Any:
        """A client for a service by its botocore name."""
        # A proxy in the environment is for the world outside, not for this loopback address.
        config = Config(
            proxies={},
            # Everything is on this machine: an answer that takes longer will not come.
            connect_timeout=5,
            read_timeout=20,
            retries={"max_attempts": 2},
            signature_version="s3v4" if service == "s3" else "v4",
        )
        return self._session.client(service, endpoint_url=self._endpoint, config=config)  # type: ignore[call-overload]

    @property
    def s3(self) -> "S3Client":
        """S3."""
        client: S3Client = self.make("s3")
        return client

    @property
    def sqs(self) -> "SQSClient":
        """SQS."""
        client: SQSClient = self.make("sqs")
        return client

    @property
    def cognito(self) -> "CognitoIdentityProviderClient":
        """Cognito user pools."""
        client: CognitoIdentityProviderClient = self.make("cognito-idp")
        return client
