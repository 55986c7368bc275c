"""The user pool and its app client, as deploy/cloudformation/data.yaml makes them on AWS; and accounts of an operator,
a moderator, and one who may only look."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

POOL = "image-portal"
CLIENT = "image-portal-web"


@dataclass(frozen=True)
class Staff:
    """A group of those who look after the portal, and the account in it that a local stack has."""

    group: str
    username: str
    task: str


OPERATOR = Staff("operators", "operator", "Watch and mend the queue")
MODERATOR = Staff("moderators", "moderator", "Decide what is to be seen")
WATCHER = Staff("viewers", "watcher", "Look at the queue, and change nothing")
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
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
    "VerificationMessageTemplate": {
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
        "EmailSubject": "Your Image Portal code",
        "EmailMessage": "Your Image Portal code is {####}.",
    },
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
}
_SECOND_STEP: dict[str, Any] = {
    "MfaConfiguration": "OPTIONAL",
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
}
_CLIENT_SETTINGS: dict[str, Any] = {
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH"],
    "AccessTokenValidity": 30,
    "IdTokenValidity": 30,
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": True,
}


def provision_user_pool(cognito: "CognitoIdentityProviderClient") -> tuple[str, str]:
    """The pool's id and its app client's."""
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
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **_SECOND_STEP)
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


def provision_staff(
    cognito: "CognitoIdentityProviderClient", pool_id: str, staff: Staff, password: str
) -> None:
    """Their group, and an account in it with this password."""
    name = staff.username
    try:
        cognito.get_group(UserPoolId=pool_id, GroupName=staff.group)
    except cognito.exceptions.ResourceNotFoundException:
        cognito.create_group(UserPoolId=pool_id, GroupName=staff.group, Description=staff.task)
    try:
        cognito.admin_get_user(UserPoolId=pool_id, Username=name)
    except cognito.exceptions.UserNotFoundException:
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": f"{name}@portal.example"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
    # Each time, so that what the environment file says is what works.
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=name, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName=staff.group)


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
