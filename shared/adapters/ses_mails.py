"""Mails by Amazon SES (API version 2)."""

from typing import Any

from boto3 import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.ports.mails import MailUnsent


class SesMails:
    """Implements shared.ports.mails.Mails, with one sender of a verified identity."""

    def __init__(self, session: Session, region: str, sender: str) -> None:
        self._sender = sender
        # Somebody waits for the page meanwhile.
        config = Config(
            connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"}
        )
        # SES's stubs are not installed: one call does not need them.
        self._client: Any = session.client("sesv2", region_name=region, config=config)  # type: ignore[call-overload, unused-ignore]

    def send(self, address: str, subject: str, text: str) -> None:
        """Hand one over. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"""
        content = {"Subject": _utf8(subject), "Body": {"Text": _utf8(text)}}
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Simple": content},
            )
        except ClientError as error:  # its message may name the address
            raise MailUnsent(error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise MailUnsent(type(error).__name__) from error


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
