"""A login of the tiers that may only add to the audit is enough for all that moderators do."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pymysql
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from local.cloud.mariadb import Database
from shared.domain.moderation import Verb
from shared.migrations.__main__ import upgrade
from shared.ports.moderation import Answered, Wanted
from tests.contract.test_downloads import published
from tests.contract.test_moderation import act, report
from tests.support_database import real_records

AUDIT = "moderation_acts"
ADDED_TO = (AUDIT, "operator_acts", "operator_outcomes")


@pytest.fixture
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The database for a login as docs/operations.md grants it."""
    folder: Path = tmp_path_factory.mktemp("grants")
    with Database(folder) as server:
        upgrade(server.url())
        all_powerful = make_url(server.url())
        root = pymysql.connect(
            unix_socket=str(folder / "database/mariadb.sock"),
            user="root",
            password=all_powerful.password or "",
            database="portal",
        )
        with root, root.cursor() as c:
            c.execute("SHOW TABLES")
            tables = [name for (name,) in c.fetchall()]
            c.execute("CREATE USER tiers@'127.0.0.1' IDENTIFIED BY 'a-password'")
            for table in tables:
                granted = "SELECT, INSERT" if table in ADDED_TO else "SELECT, INSERT, UPDATE, DELETE"
                c.execute(f"GRANT {granted} ON portal.{table} TO tiers@'127.0.0.1'")
        yield all_powerful.set(username="tiers", password="a-password").render_as_string(hide_password=False)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = create_engine(url)
    yield made
    made.dispose()


def test_every_act_works_and_none_can_be_changed(url: str, engine: Engine) -> None:
    with real_records(url) as records:
        image = published(records)
        report(records, image)
        made = [act(records, image, verb) for verb in (Verb.DISMISS, Verb.HIDE, Verb.RESTORE, Verb.WARN)]
        made.append(act(records, image, Verb.REMOVE))
        assert records.moderation.answer(made[1].id, image.owner, "Why?") is Answered.NEW
        assert records.moderation.answer(uuid4(), image.owner, "Why?") is Answered.UNKNOWN
        found = records.moderation.acts(Wanted(), None, 9)
        assert [a.verb for a in found] == [a.verb for a in reversed(made)]
    for statement in (f"UPDATE {AUDIT} SET note = ''", f"DELETE FROM {AUDIT}", f"TRUNCATE TABLE {AUDIT}"):
        with pytest.raises(OperationalError, match="command denied"), engine.begin() as c:
            c.execute(text(statement))
