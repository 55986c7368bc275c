"""Requests and answers about accounts."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Discriminator, Field, Tag

from shared.domain.accounts import USERNAME_RULE, email_fault, new_username_fault
from shared.domain.licences import BY_CODE
from shared.domain.quota import Quota, Usage
from shared.ports.session_records import SessionRecord
from web.http.problems import Problem
from web.http.schema import Id, Input, Output, Text, Timestamp
from web.http.sessions import SealedTokens
from web.views.schema import LicenceCode


def _username(text: str) -> str:
    if fault := new_username_fault(text):
        raise Problem(422, "invalid_username", fault)
    return text


def _email(text: str) -> str:
    if fault := email_fault(text):
        raise Problem(422, "invalid_email", fault)
    return text


Username = Annotated[Text, Field(examples=["ana.lima"])]
Password = Annotated[
    Text, Field(examples=["correct horse battery"], json_schema_extra={"format": "password"})
]
RefreshToken = Annotated[Text, Field(examples=["eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIn0.x.y"])]
AppCode = Annotated[
    Text | None,
    Field(description="Of the authenticator app, where the account has one.", examples=["123456"]),
]
Code = Annotated[Text, Field(description="As mailed.", examples=["123456"])]


Email = Annotated[
    Text,
    AfterValidator(_email),
    Field(examples=["ana@example.com"], json_schema_extra={"format": "email"}),
]


class SignUp(Input):
    """A new account."""

    username: Annotated[
        Text,
        AfterValidator(_username),
        Field(
            description=USERNAME_RULE,
            examples=["ana.lima"],
            json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_.-]{2,29}$"},
        ),
    ]
    email: Email
    password: Annotated[Password, Field(description="At least 10 characters.")]


class SignedUp(Output):
    """An account that waits for its code."""

    username: Username
    code_sent_to: Annotated[str, Field(description="The address, masked.", examples=["a***@e***"])]


class Confirmation(Input):
    """The code that proves an e-mail address."""

    username: Username
    code: Code


class LogIn(Input):
    """A new session."""

    username: Username
    password: Password


class Renewal(Input):
    """A session that goes on."""

    refresh_token: RefreshToken


class SecondStep(Input):
    """A log-in that goes on with the code of an authenticator app."""

    username: Username
    session: Annotated[
        Text, Field(description="As `code_needed` gave it.", examples=["AYABeExampleExampleExample"])
    ]
    code: Annotated[Text, Field(description="What the app shows now.", examples=["123456"])]


def _kind(given: Any) -> str:
    if not isinstance(given, dict):
        return "log_in"
    return "renewal" if "refresh_token" in given else "second_step" if "session" in given else "log_in"


SessionRequest = Annotated[
    Annotated[LogIn, Tag("log_in")]
    | Annotated[SecondStep, Tag("second_step")]
    | Annotated[Renewal, Tag("renewal")],
    Discriminator(_kind),
]


class LogOut(Input):
    """The session to end."""

    refresh_token: RefreshToken


class Session(Output):
    """Tokens of a session."""

    access_token: Annotated[
        str, Field(description="Goes into `Authorization: Bearer …`.", examples=["s1.mB7cQ1dz"])
    ]
    refresh_token: Annotated[
        str,
        Field(
            description="Begins the next access token at `POST /session`. Keep the newest: one that was not used for "
            "two weeks is over.",
            examples=["s1.kEq2pX0v"],
        ),
    ]
    expires_in: Annotated[int, Field(description="Seconds that the access token holds.", examples=[3600])]

    @classmethod
    def of(cls, tokens: SealedTokens) -> "Session":
        """As the outside gets them."""
        return cls(
            access_token=tokens.access, refresh_token=tokens.refresh, expires_in=tokens.expires_in_seconds
        )


SessionId = Annotated[Id, Field(description="The session's id.")]


class SessionItem(Output):
    """A session that goes on."""

    id: SessionId
    device: Annotated[str, Field(description="What it was begun with.", examples=["Firefox on Linux"])]
    began_at: Timestamp
    seen_at: Annotated[
        Timestamp, Field(description="When it was begun or last renewed: exact to half an hour.")
    ]
    current: Annotated[bool, Field(description="Whether this is the session that asks.")]

    @classmethod
    def of(cls, record: SessionRecord, current: UUID | None) -> "SessionItem":
        """As it is listed for one that asks."""
        return cls(
            id=str(record.id),
            device=record.device,
            began_at=record.began_at,
            seen_at=record.seen_at,
            current=record.id == current,
        )


class SessionList(Output):
    """The sessions of an account, the last seen first."""

    items: list[SessionItem]


class NewPassword(Input):
    """A new password in place of an old one."""

    old_password: Password
    new_password: Annotated[Password, Field(description="At least 10 characters.")]
    code: AppCode = None


class EditAccount(Input):
    """What is to be otherwise."""

    default_licence: Annotated[
        Text,
        Field(
            description="A licence, for uploads from now on.",
            examples=["cc-by"],
            json_schema_extra={"enum": list(BY_CODE)},
        ),
    ]


class QuotaResource(Output):
    """What an owner has published, and the most that may be; null where there is no limit."""

    images: Annotated[int, Field(examples=[120])]
    bytes: Annotated[int, Field(description="Of the originals.", examples=[1288490188])]
    max_images: Annotated[int | None, Field(examples=[1000])]
    max_bytes: Annotated[int | None, Field(examples=[5368709120])]

    @classmethod
    def of(cls, used: Usage, quota: Quota) -> "QuotaResource":
        """What the API tells of it."""
        return cls(
            images=used.images,
            bytes=used.bytes,
            max_images=quota.images or None,
            max_bytes=quota.bytes or None,
        )


class AccountResource(Output):
    """An account, for its owner alone."""

    username: Username
    default_licence: Annotated[LicenceCode, Field(description="What uploads begin with.")]
    quota: Annotated[QuotaResource, Field(description="What is taken back counts no more from that moment.")]


class CloseAccount(Input):
    """Proof that it is really you."""

    password: Password
    code: AppCode = None


class NewEmail(Input):
    """A new address in place of the old one."""

    email: Email
    password: Password
    code: AppCode = None


class CodeSent(Output):
    """An address that waits for its code."""

    code_sent_to: Annotated[str, Field(description="The address, masked.", examples=["a***@e***"])]


class ConfirmEmail(Input):
    """The code that proves the new address."""

    code: Code
