"""A bucket, two queues, a user pool of a test's own on a stand-in, with the product's adapters on them."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local.cloud.sender import provision_sender
from shared.adapters.cloudfront_media import CloudFrontMediaUrls
from shared.adapters.cognito import CognitoIdentity, cognito_client
from shared.adapters.cognito_own_account import CognitoOwnAccount
from shared.adapters.cognito_passkeys import CognitoPasskeys
from shared.adapters.cognito_removal import CognitoRemoval
from shared.adapters.cognito_second_step import CognitoSecondStep
from shared.adapters.s3 import S3ObjectStore, s3_client
from shared.adapters.s3_media import S3MediaUrls
from shared.adapters.ses_mails import SesMails
from shared.adapters.sqs import SqsWorkQueue
from shared.adapters.sqs_dead_letters import SqsDeadLetters
from shared.domain.delivery import MAX_RECEIVE_COUNT, TASK_NAME, VISIBILITY_TIMEOUT_SECONDS
from tests.contract.sides import Taken
from tests.support_cloud import REGION, aws_environment
from worker.consume import envelope

DAY_SECONDS = 86_400


def use_cloud(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the product's clients go to this endpoint for the rest of the test."""
    for name, value in aws_environment(endpoint).items():
        monkeypatch.setenv(name, value)


def store_on(bucket: str) -> S3ObjectStore:
    """A store on a bucket, whether there is one or not."""
    return S3ObjectStore(s3_client(boto3.Session(), REGION), bucket)


def s3_media(bucket: str) -> S3MediaUrls:
    """Presigned addresses."""
    session = boto3.Session()
    return S3MediaUrls(s3_client(session, REGION), session, bucket)


def cloudfront_media() -> CloudFrontMediaUrls:
    """A distribution that is nowhere, with a key of its own."""
    key = generate_private_key(SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return CloudFrontMediaUrls("https://media.photos.example.com", "K2JCJMDEHXQW5F", pem)


def ses_mails(sender: str, *, known: bool = True) -> SesMails:
    """Mails of this sender, whom SES has verified or not."""
    session = boto3.Session()
    if known:
        client: Any = session.client("sesv2", region_name=REGION)
        provision_sender(client, sender)
    return SesMails(session, REGION, sender)


def queue_on(url: str, dead_url: str) -> SqsWorkQueue:
    """A work queue on two queues, whether they are there or not."""
    return SqsWorkQueue(region=REGION, queue_url=url, dead_letter_url=dead_url)


def pool_on(pool_id: str, app_id: str) -> "Pool":
    """A user pool, whether there is one or not."""
    client = cognito_client(boto3.Session(), REGION)
    return Pool(CognitoIdentity(client, pool_id, app_id), client, pool_id, app_id)


@contextmanager
def new_bucket(*, versioned: bool = False) -> Iterator[tuple[S3ObjectStore, str]]:
    """A store on an empty bucket, and the bucket's name."""
    client = s3_client(boto3.Session(), REGION)
    name = f"b-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    if versioned:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield S3ObjectStore(client, name), name
    client.close()


class Queues:
    """A queue and its dead-letter queue, made for one test, and a client to do the worker's part on them."""

    def __init__(self, endpoint: str, *, region: str = REGION, **attributes: str) -> None:
        self.endpoint = endpoint
        self.sqs: Any = boto3.Session().client("sqs", region_name=region, endpoint_url=endpoint)
        name = f"q-{uuid.uuid4().hex}"
        self.dead_url = self.sqs.create_queue(
            QueueName=name + "-dead", Attributes={"MessageRetentionPeriod": str(14 * DAY_SECONDS)}
        )["QueueUrl"]
        settings: Any = {
            "VisibilityTimeout": str(VISIBILITY_TIMEOUT_SECONDS),
            "MessageRetentionPeriod": str(4 * DAY_SECONDS),
            "RedrivePolicy": self.policy(self.dead_url),
        }
        self.url = self.sqs.create_queue(QueueName=name, Attributes=settings | attributes)["QueueUrl"]
        self.queue = queue_on(self.url, self.dead_url)
        self.dead_letters = SqsDeadLetters(self.queue.client, self.dead_url)

    def policy(self, url: str, count: int = MAX_RECEIVE_COUNT) -> str:
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return json.dumps(
            {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": str(count)}
        )

    def plant(self, body: str) -> None:
        """Have any text on the dead-letter queue."""
        self.sqs.send_message(QueueUrl=self.dead_url, MessageBody=body)

    def set(self, url: str, **attributes: str) -> None:
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    def messages(self, most: int = 10) -> list[dict[str, Any]]:
        """Receive as a worker does, and see all that SQS says."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=most, MessageSystemAttributeNames=["All"]
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def pass_time(self, seconds: int) -> None:
        """It passes by itself here, and a test waits for what it brings."""

    def take(self) -> Taken | None:
        """Implements tests.contract.sides.WorkerSide."""
        messages = self.messages(most=1)
        return self._taken(messages[0]) if messages else None

    def _taken(self, message: dict[str, Any]) -> Taken:
        asked = envelope.read(message["Body"], TASK_NAME)
        handle = {"QueueUrl": self.url, "ReceiptHandle": message["ReceiptHandle"]}
        return Taken(
            asked.owner,
            asked.upload_id,
            message["Attributes"]["MessageGroupId"],
            int(message["Attributes"]["ApproximateReceiveCount"]),
            acknowledge=lambda: self.sqs.delete_message(**handle),
            time_out=lambda: self.sqs.change_message_visibility(**handle, VisibilityTimeout=0),
        )


@dataclass
class Pool:
    """A user pool of its own, and the product's adapter on it. Implements tests.contract.sides.PoolSide."""

    identity: CognitoIdentity
    client: Any
    pool_id: str
    app_id: str

    @property
    def accounts(self) -> CognitoIdentity:
        return self.identity

    @property
    def sessions(self) -> CognitoIdentity:
        return self.identity

    @property
    def own_account(self) -> CognitoOwnAccount:
        return CognitoOwnAccount(self.client)

    @property
    def removal(self) -> CognitoRemoval:
        return CognitoRemoval(self.client, self.pool_id)

    @property
    def second_step(self) -> CognitoSecondStep:
        return CognitoSecondStep(self.client)

    @property
    def passkeys(self) -> CognitoPasskeys:
        return CognitoPasskeys(self.client, self.app_id)

    def code(self, username: str) -> str:
        return "123456"  # what ministack mails, and moto takes anything

    def reset_code(self, username: str) -> str:
        return "654321"  # likewise

    def email_code(self, username: str) -> str:
        return "123456"  # likewise

    def make_operator(self, username: str) -> None:
        self.client.create_group(UserPoolId=self.pool_id, GroupName="operators")
        self.client.admin_add_user_to_group(UserPoolId=self.pool_id, Username=username, GroupName="operators")


@contextmanager
def new_pool() -> Iterator[Pool]:
    """A user pool with the portal's rule for passwords."""
    client = cognito_client(boto3.Session(), REGION)
    pool_id = client.create_user_pool(
        PoolName=f"p{uuid.uuid4().hex[:8]}",
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
        Policies={
            "PasswordPolicy": {
                "MinimumLength": 10,
                "RequireUppercase": False,
                "RequireLowercase": False,
                "RequireNumbers": False,
                "RequireSymbols": False,
            }
        },
    )["UserPool"]["Id"]
    client.set_user_pool_mfa_config(
        UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="OPTIONAL"
    )
    app_id = client.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="web",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        EnableTokenRevocation=True,
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]["ClientId"]
    yield Pool(CognitoIdentity(client, pool_id, app_id), client, pool_id, app_id)
    client.close()
