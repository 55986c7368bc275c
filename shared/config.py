"""Configuration: typed, from the environment alone, checked at start with every fault reported at once.

Each setting's description is the text of docs/configuration.md, which is tested against this module. Endpoints are
not here: botocore reads AWS_ENDPOINT_URL* itself, and the product never knows which cloud it talks to.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from shared.config_keys import media_key, receipt_key
from shared.domain.accounts import MODERATORS, OPERATORS, WATCHERS
from shared.domain.quota import Quota


class ConfigurationError(Exception):
    """The environment can't be used; `faults` has one sentence for each thing to mend."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("The configuration is not usable:\n" + "\n".join(f"  - {f}" for f in faults))


def _database_url(value: SecretStr) -> SecretStr:
    url = urlsplit(value.get_secret_value())
    if url.scheme != "mysql+pymysql" or len(url.path) < 2:
        raise ValueError("must look like mysql+pymysql://user:password@host:3306/name")
    return value


def _queue_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+/\S+", value):
        raise ValueError("must be a queue's whole URL, https://…")
    return value


def _long_secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters")
    return value


def _groups(value: str) -> str:
    if _names(value) - {MODERATORS, OPERATORS, WATCHERS}:
        raise ValueError(f"must be of {OPERATORS}, {WATCHERS} and {MODERATORS}, with commas between")
    return value


def _names(value: str) -> frozenset[str]:
    return frozenset(name for given in value.split(",") if (name := given.strip()))


QueueUrl = Annotated[str, AfterValidator(_queue_url)]


class Settings(BaseModel):
    """What both tiers need."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    aws_region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="The AWS region of every part.")
    s3_bucket: str = Field(
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="The private bucket that holds all files."
    )
    sqs_queue_url: QueueUrl = Field(description="URL of the queue on which accepted uploads wait.")
    sqs_dlq_url: QueueUrl = Field(description="URL of its dead-letter queue.")
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        description="The MySQL database, as mysql+pymysql://user:password@host:3306/name. On AWS add "
        "?ssl_ca=/path/to/global-bundle.pem so that TLS is used and checked."
    )
    database_secret_arn: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:secretsmanager:\S+$",
        description="A Secrets Manager secret with the database's `username` and `password`, as RDS manages one. "
        "They replace those in DATABASE_URL and are read again when the database refuses them, so that a "
        "rotation needs no restart.",
    )
    migrations_database_secret_arn: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:secretsmanager:\S+$",
        description="A secret likewise, of the user who owns the tables. Read by `python -m shared.migrations` alone, "
        "which makes the other's user and permits it what the tiers do. Unset: one user for both.",
    )
    cognito_user_pool_id: str = Field(pattern=r"^[\w-]+_[0-9a-zA-Z]+$", description="The Cognito user pool.")
    max_upload_bytes: int = Field(
        26_214_400, gt=0, le=1_073_741_824, description="Largest file that is accepted, in bytes."
    )
    max_image_pixels: int = Field(
        50_000_000, gt=0, le=500_000_000, description="Largest width × height that is published, in pixels."
    )
    quota_images: int = Field(
        0, ge=0, description="Most images that one person may have published at once; 0 for any number."
    )
    quota_bytes: int = Field(
        0, ge=0, description="Most bytes that a person's originals may take, all together; 0 for any number."
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="Bearer token for /metrics and for the autoscaler's number (docs/operations.md). Without one, "
        "/metrics answers only callers on the same machine.",
    )
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log level that is written."
    )

    @property
    def quota(self) -> Quota:
        """What one person may have published."""
        return Quota(images=self.quota_images, bytes=self.quota_bytes)


class WebSettings(Settings):
    """What the web tier needs beyond that."""

    cognito_client_id: str = Field(
        pattern=r"^[\w+]+$", description="Its app client (without a secret, password and refresh flows on)."
    )
    session_secret: Annotated[SecretStr, AfterValidator(_long_secret)] = Field(
        description="Seals sessions, and signs form tokens and messages between pages; at least 32 characters, the "
        "same on every instance. Changing it logs everybody out."
    )
    session_idle_days: int = Field(
        14,
        ge=1,
        le=30,
        description="A session that nobody used for so long is over: the next visit is asked to log in.",
    )
    limit_failures: int = Field(
        50,
        ge=0,
        description="Wrong passwords and codes from one address in a quarter of an hour, and a fifth of so many for "
        "one account, after which it waits. 0: no limit.",
    )
    limit_sign_ups: int = Field(
        100,
        ge=0,
        description="Sign-ups and mails with codes that one address asks for in an hour, and a twentieth of so many to "
        "one mailbox or for one account, after which it waits. 0: no limit.",
    )
    passkeys: bool = Field(
        False, description="Offer log-in by passkey. The user pool must, too: `docs/deploy.md` says how."
    )
    cookie_secure: bool = Field(
        True, description="Send cookies over HTTPS only. `false` is for plain HTTP on a laptop."
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[a-z0-9.-]+(:[0-9]+)?$",
        description="Where people find the portal, as https://photos.example.com: what receipts name as their issuer. "
        "Requests for another host are refused then, so that no link says a name that its reader made up. Health and "
        "figures are answered under every name. Without it, the portal is where it is asked for.",
    )
    mail_from: str | None = Field(
        None,
        pattern=r"^[^@\s<>]+@[^@\s<>]+$",
        description="Sender of the portal's own mails, an address of an identity that SES has verified. People are "
        "told by mail then when a password, an address, an authenticator app or a passkey of theirs changes. Without "
        "it, they are not.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=4,
        description="How many proxies in front add X-Forwarded-For and -Proto: 2 on Beanstalk (balancer and "
        "nginx), 0 without any.",
    )
    media_base_url: str | None = Field(
        None,
        pattern=r"^https://[a-z0-9-]+(\.[a-z0-9-]+){2,}$",
        description="A CloudFront distribution before the bucket, as https://media.photos.example.com: media comes "
        "from there, opened by cookies. Its host is one label below the domain that the portal is on or under, "
        "which the cookies are for. Without it, media comes from S3 by presigned addresses.",
    )
    media_key_pair_id: str | None = Field(
        None, pattern=r"^[A-Z0-9]{8,32}$", description="With it: the id of the public key in its key group."
    )
    media_private_key: Annotated[SecretStr, AfterValidator(media_key)] | None = Field(
        None,
        description="With it: the P-256 private key to that, in PEM form; line breaks may be written as \\n.",
    )
    receipt_private_key: Annotated[SecretStr, AfterValidator(receipt_key)] | None = Field(
        None,
        description="Signs receipts of downloads and uploads: an Ed25519 or P-256 private key in PEM form, the same on "
        "every instance; line breaks may be written as \\n. Its public half is at /.well-known/jwks.json. Without it, "
        "downloads are written down and no receipts are given.",
    )

    second_step_groups: Annotated[str, AfterValidator(_groups)] | None = Field(
        None,
        description="Groups whose members need an authenticator app, as `operators,moderators`: without one, their "
        "members are led to set it up, and what is for the group answers 403. Everybody else may have one.",
    )

    @property
    def groups_with_second_step(self) -> frozenset[str]:
        """Those of SECOND_STEP_GROUPS."""
        return _names(self.second_step_groups or "")

    @model_validator(mode="after")
    def _media_as_a_whole(self) -> "WebSettings":
        given = [self.media_base_url, self.media_key_pair_id, self.media_private_key]
        if any(given) and not all(given):
            raise ValueError("MEDIA_BASE_URL, MEDIA_KEY_PAIR_ID and MEDIA_PRIVATE_KEY belong together")
        return self


class WorkerSettings(Settings):
    """What the worker tier needs beyond that."""

    sweep_seconds: int = Field(60, ge=1, le=3600, description="Seconds between two sweeps.")
    decode_memory_bytes: int = Field(
        536_870_912, ge=67_108_864, description="Memory that opening one image may take, in bytes."
    )
    decode_cpu_seconds: int = Field(10, ge=1, le=30, description="CPU time that opening one image may take.")


AnySettings = TypeVar("AnySettings", bound=Settings)


def load(kind: type[AnySettings], environ: Mapping[str, str]) -> AnySettings:
    """Read `kind` from the environment; raises ConfigurationError with all faults. Empty means missing."""
    given: dict[str, Any] = {
        name: environ[name.upper()] for name in kind.model_fields if environ.get(name.upper())
    }
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise ConfigurationError([_sentence(e) for e in error.errors(include_input=False)]) from None


def _sentence(error: Any) -> str:
    if not error["loc"]:  # a rule about several settings, which its message names
        return f"{error['msg'].removeprefix('Value error, ')}."
    name = str(error["loc"][0]).upper()
    if error["type"] == "missing":
        return f"{name} is missing."
    return f"{name}: {error['msg'].removeprefix('Value error, ')}."
