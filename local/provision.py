"""Buckets, queues, user pool and operator account, as the portal expects them. Running it again changes nothing."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.credentials import Clients
from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

BUCKET = "image-portal"
QUEUE = "image-portal-uploads"
DEAD_LETTER_QUEUE = "image-portal-dead-letters"
POOL = "image-portal"
CLIENT = "image-portal-web"
OPERATORS = "operators"
OPERATOR = "operator"
_DAY_SECONDS = 86_400

_LIFECYCLE = [
    # Nothing in staging expires: worker and sweep clear what is over, and the rest is somebody's upload.
    ("expire-idempotency", "idempotency/", {"Expiration": {"Days": 2}}),
    ("abort-multipart", "", {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}),
]
_POOL_SETTINGS: dict[str, Any] = {
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 10,
            "RequireUppercase": False,
            "RequireLowercase": False,
            "RequireNumbers": False,
            "RequireSymbols": False,
            "TemporaryPasswordValidityDays": 7,
        }
    },
    "AutoVerifiedAttributes": ["email"],
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
    "VerificationMessageTemplate": {
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
        "EmailSubject": "Your Image Portal code",
        "EmailMessage": "Your Image Portal code is {####}.",
    },
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
}
_CLIENT_SETTINGS: dict[str, Any] = {
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "AccessTokenValidity": 30,
    "IdTokenValidity": 30,
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": True,
}


def provision(clients: Clients, endpoint: str, operator_password: str) -> dict[str, str]:
    """Make what is missing, mend what differs; returns the settings that name it all, for the product."""
    _bucket(clients.s3)
    queue_url, dlq_url = _queues(clients.sqs, endpoint)
    pool_id, client_id = _user_pool(clients.cognito)
    _operator(clients.cognito, pool_id, operator_password)
    return {
        "S3_BUCKET": BUCKET,
        "SQS_QUEUE_URL": queue_url,
        "SQS_DLQ_URL": dlq_url,
        "COGNITO_USER_POOL_ID": pool_id,
        "COGNITO_CLIENT_ID": client_id,
        "OPERATOR_USERNAME": OPERATOR,
        "OPERATOR_PASSWORD": operator_password,
    }


def _bucket(s3: "S3Client") -> None:
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    s3.put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    rules: list[Any] = [
        {"ID": name, "Status": "Enabled", "Filter": {"Prefix": prefix}, **action}
        for name, prefix, action in _LIFECYCLE
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})


def _queues(sqs: "SQSClient", endpoint: str) -> tuple[str, str]:
    # A dead letter's age counts from its first sending, so it must be kept longer than the queue keeps it.
    dlq_url = _queue(sqs, endpoint, DEAD_LETTER_QUEUE, {"MessageRetentionPeriod": str(14 * _DAY_SECONDS)})
    answer = sqs.get_queue_attributes(QueueUrl=dlq_url, AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": answer["Attributes"]["QueueArn"], "maxReceiveCount": MAX_RECEIVE_COUNT}
    attributes = {
        "VisibilityTimeout": str(VISIBILITY_TIMEOUT_SECONDS),
        "MessageRetentionPeriod": str(4 * _DAY_SECONDS),
        "RedrivePolicy": json.dumps(redrive),
    }
    return _queue(sqs, endpoint, QUEUE, attributes), dlq_url


def _queue(sqs: "SQSClient", endpoint: str, name: str, attributes: dict[str, str]) -> str:
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
    # A queue keeps the address it was made under; the endpoint's port may be another one today.
    url = endpoint + urlsplit(url).path
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)  # type: ignore[arg-type]
    return url


def _user_pool(cognito: "CognitoIdentityProviderClient") -> tuple[str, str]:
    pool_id = _find(cognito.list_user_pools, "UserPools", "Name", POOL, "Id", {"MaxResults": 60})
    if pool_id:
        cognito.update_user_pool(UserPoolId=pool_id, **_POOL_SETTINGS)
    else:
        # Sign-in by user name; "Ana" and "ana" are one person. Neither can be changed later.
        made = cognito.create_user_pool(
            PoolName=POOL,
            UsernameConfiguration={"CaseSensitive": False},
            Schema=[{"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}],
            **_POOL_SETTINGS,
        )
        pool_id = made["UserPool"]["Id"]
    page = {"UserPoolId": pool_id, "MaxResults": 60}
    client_id = _find(
        cognito.list_user_pool_clients, "UserPoolClients", "ClientName", CLIENT, "ClientId", page
    )
    if client_id:
        cognito.update_user_pool_client(
            UserPoolId=pool_id, ClientId=client_id, ClientName=CLIENT, **_CLIENT_SETTINGS
        )
    else:
        app = cognito.create_user_pool_client(
            UserPoolId=pool_id, ClientName=CLIENT, GenerateSecret=False, **_CLIENT_SETTINGS
        )
        client_id = app["UserPoolClient"]["ClientId"]
    return pool_id, client_id


def _operator(cognito: "CognitoIdentityProviderClient", pool_id: str, password: str) -> None:
    try:
        cognito.get_group(UserPoolId=pool_id, GroupName=OPERATORS)
    except cognito.exceptions.ResourceNotFoundException:
        cognito.create_group(UserPoolId=pool_id, GroupName=OPERATORS, Description="Watch and mend the queue")
    try:
        cognito.admin_get_user(UserPoolId=pool_id, Username=OPERATOR)
    except cognito.exceptions.UserNotFoundException:
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=OPERATOR,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": "operator@portal.example"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
    # Each time, so that what the environment file says is what works.
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=OPERATOR, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=OPERATOR, GroupName=OPERATORS)


def _find(
    call: Callable[..., Any], items: str, name_key: str, name: str, id_key: str, page: dict[str, Any]
) -> str:
    """The id of the one so named in a listing that goes on with NextToken; empty if there is none."""

    def pages() -> Iterator[Any]:
        answer = call(**page)
        yield answer
        while token := answer.get("NextToken"):
            answer = call(**page, NextToken=token)
            yield answer

    return next((str(i[id_key]) for answer in pages() for i in answer[items] if i[name_key] == name), "")
