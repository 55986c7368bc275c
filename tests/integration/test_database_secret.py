"""The database's password changes under a running portal, as RDS changes it, and nothing is restarted."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from sqlalchemy import create_engine, make_url, text

from local.cloud.mariadb import Database as LocalDatabase
from shared.adapters.database_secret import DatabaseSecret
from shared.adapters.mysql import FOR_WORK, Database
from shared.ports.unavailable import CatalogueUnavailable
from tests.support_cloud import REGION, aws_environment


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalDatabase]:
    """A MariaDB whose password may be changed."""
    with LocalDatabase(tmp_path) as running:
        yield running


class Secret:
    """The secret as RDS keeps it, with a count of how often it is read."""

    def __init__(self, login: dict[str, Any]) -> None:
        self.client: Any = boto3.client("secretsmanager", region_name=REGION)  # type: ignore[call-overload, unused-ignore]
        made = self.client.create_secret(Name=f"s-{id(self)}", SecretString=json.dumps(login))
        self.arn: str = made["ARN"]
        self.adapter = DatabaseSecret(boto3.Session(), REGION, self.arn)
        self.reads = 0
        self.adapter._client.meta.events.register("before-send.secrets-manager", self._count)

    def _count(self, **_: Any) -> None:
        self.reads += 1

    def put(self, text: str) -> None:
        """A new version."""
        self.client.put_secret_value(SecretId=self.arn, SecretString=text)


@pytest.fixture
def secret(server: LocalDatabase, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Secret:
    """A secret with the server's user and password."""
    for name, value in aws_environment(moto_endpoint).items():
        monkeypatch.setenv(name, value)
    url = make_url(server.url())
    return Secret({"username": url.username, "password": url.password, "engine": "mysql"})


@pytest.fixture
def database(server: LocalDatabase, secret: Secret) -> Iterator[Database]:
    """The product's database by a URL that names nobody."""
    url = make_url(server.url()).set(username=None, password=None)
    made = Database(url.render_as_string(hide_password=False), FOR_WORK, pool_size=1, secret=secret.adapter)
    yield made
    made.close()


def rotate(server: LocalDatabase, secret: Secret, password: str) -> None:
    """First the database, then the secret, as RDS does it."""
    engine = create_engine(server.url())
    with engine.begin() as connection:
        connection.execute(text(f"SET PASSWORD = PASSWORD('{password}')"))
    engine.dispose()
    secret.put(json.dumps({"username": "portal", "password": password}))


def test_user_and_password_come_from_the_secret_which_is_read_once(
    database: Database, secret: Secret
) -> None:
    for _ in range(3):
        database.check()
        database.close()  # so that the next check opens a new connection
    assert secret.reads == 1


def test_a_rotation_is_followed_without_a_restart(
    server: LocalDatabase, database: Database, secret: Secret
) -> None:
    database.check()
    rotate(server, secret, "another-one-2")
    database.check()
    assert secret.reads == 1, "open connections stay"
    database.close()
    for _ in range(3):
        database.check()
        database.close()
    assert secret.reads == 2


def test_a_password_that_is_wrong_either_way_is_the_worlds_fault(database: Database, secret: Secret) -> None:
    secret.put('{"username": "portal", "password": "wrong"}')
    with pytest.raises(CatalogueUnavailable, match="Access denied"):
        database.check()
    assert secret.reads == 2, "one look, one look again, no loop"


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"username": "portal"}'])
def test_a_secret_of_another_form_is_the_worlds_fault_and_not_shown(
    database: Database, secret: Secret, said: str
) -> None:
    secret.put(said or "wrong-hunter2")
    with pytest.raises(CatalogueUnavailable, match="another form") as caught:
        database.check()
    assert "hunter2" not in str(caught.value)


def test_a_secret_that_can_not_be_read_is_the_worlds_fault(database: Database, secret: Secret) -> None:
    secret.client.delete_secret(SecretId=secret.arn, ForceDeleteWithoutRecovery=True)
    with pytest.raises(CatalogueUnavailable, match="can't be read"):
        database.check()


def test_migrations_connect_by_a_completed_url(server: LocalDatabase, secret: Secret) -> None:
    assert make_url(secret.adapter.completed(server.url())) == make_url(server.url())
