"""The database's user and password from AWS Secrets Manager, followed through rotations without a restart.

RDS keeps the password it manages in a secret and changes it every few days. Open connections stay; a new one is
refused with the old password, and that refusal is the sign to read the secret again.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
"""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from boto3 import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pymysql.err import OperationalError
from sqlalchemy import Engine, event, make_url

from shared.ports.unavailable import CatalogueUnavailable

ACCESS_DENIED = 1045


@dataclass(frozen=True)
class Login:
    """Who the database is told that we are."""

    user: str
    password: str = field(repr=False)


class DatabaseSecret:
    """One secret of the form {"username": …, "password": …}. Threads may share it."""

    def __init__(self, session: Session, region: str, arn: str) -> None:
        self._arn = arn
        self._lock = threading.Lock()
        self._login: Login | None = None
        config = Config(
            connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"}
        )
        # Secrets Manager's stubs are not installed: one call does not need them.
        self._client: Any = session.client("secretsmanager", region_name=region, config=config)  # type: ignore[call-overload, unused-ignore]

    def login(self, *, refused: Login | None = None) -> Login:
        """What the secret says; read again only when what it said last is the login that was refused.

        Raises CatalogueUnavailable: without it there is no database.
        """
        with self._lock:
            if self._login is None or self._login == refused:
                self._login = self._read()
            return self._login

    def _read(self) -> Login:
        try:
            said = json.loads(self._client.get_secret_value(SecretId=self._arn)["SecretString"])
            return Login(said["username"], said["password"])
        except (BotoCoreError, ClientError) as error:
            raise CatalogueUnavailable(f"the database's secret can't be read: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise CatalogueUnavailable("the database's secret has another form") from error

    def follow(self, engine: Engine) -> None:
        """Let every new connection of the engine log in as the secret says."""

        @event.listens_for(engine, "do_connect")
        def _connect(dialect: Any, _: Any, arguments: Any, parameters: dict[str, Any]) -> Any:
            login = self.login()
            try:
                return dialect.connect(*arguments, **parameters | _as_parameters(login))
            except OperationalError as error:
                renewed = self.login(refused=login) if error.args[0] == ACCESS_DENIED else login
                if renewed == login:
                    raise
                return dialect.connect(*arguments, **parameters | _as_parameters(renewed))

    def completed(self, database_url: str) -> str:
        """The URL with user and password in it, for one connection that is made at once."""
        login = self.login()
        url = make_url(database_url).set(username=login.user, password=login.password)
        return url.render_as_string(hide_password=False)


def _as_parameters(login: Login) -> dict[str, str]:
    return {"user": login.user, "password": login.password}
