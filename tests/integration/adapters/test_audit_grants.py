"""The login of the tiers, as the migrations permit it, is enough for what is done, and can only add to the audits."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from local.cloud.mariadb import Database
from shared.domain.moderation import Verb as Deed
from shared.domain.operator_acts import Operator, Verb, Way
from shared.migrations.__main__ import prepare
from shared.migrations.grants import ADDED_TO
from shared.ports.moderation import Answered, Wanted
from tests.contract.test_downloads import published
from tests.contract.test_moderation import act, report
from tests.support_database import real_records


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The database for the tiers."""
    with Database(tmp_path_factory.mktemp("grants")) as server:
        env = {"DATABASE_URL": server.tiers_url(), "MIGRATIONS_DATABASE_URL": server.url()}
        for _ in range(2):  # as each deployment does
            prepare(env)
        yield server.tiers_url()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = create_engine(url)
    yield made
    made.dispose()


def test_every_act_of_moderators_works(url: str) -> None:
    with real_records(url) as records:
        image = published(records)
        report(records, image)
        made = [act(records, image, verb) for verb in (Deed.DISMISS, Deed.HIDE, Deed.RESTORE, Deed.WARN)]
        made.append(act(records, image, Deed.REMOVE))
        assert records.moderation.answer(made[1].id, image.owner, "Why?") is Answered.NEW
        assert records.moderation.answer(uuid4(), image.owner, "Why?") is Answered.UNKNOWN
        found = records.moderation.acts(Wanted(), None, 9)
        assert [a.verb for a in found] == [a.verb for a in reversed(made)]


def test_every_act_of_operators_works(url: str) -> None:
    with real_records(url) as records:
        begun = records.operator_acts.begin(Operator("olga", Way.PAGE), Verb.REDRIVE, "x", 1)
        records.operator_acts.end(begun, {"done": 1})
        [told] = records.operator_acts.page(None, 1)
        assert (told.id, dict(told.counts)) == (begun, {"done": 1})


@pytest.mark.parametrize("table", sorted(ADDED_TO))
def test_nothing_in_an_audit_can_be_changed_or_removed(engine: Engine, table: str) -> None:
    with engine.begin() as c:
        column = c.execute(text(f"SHOW COLUMNS FROM {table}")).scalars().first()
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE TABLE {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table} ADD COLUMN x INT",
        f"REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(OperationalError, match="denied"), engine.begin() as c:
            c.execute(text(statement))


def test_the_tiers_make_no_tables_and_no_users(engine: Engine) -> None:
    for statement in (
        "CREATE TABLE x (id INT)",
        "CREATE USER other@'%' IDENTIFIED BY 'x'",
        "GRANT UPDATE ON operator_acts TO CURRENT_USER",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        with pytest.raises(OperationalError, match="denied"), engine.begin() as c:
            c.execute(text(statement))


def test_going_back_to_this_version_leaves_a_later_ones_schema_and_permissions_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """An older version's deployment runs its migrations too, on a database that a later one has brought further."""
    with Database(tmp_path_factory.mktemp("later")) as server:
        env = {"DATABASE_URL": server.tiers_url(), "MIGRATIONS_DATABASE_URL": server.url()}
        prepare(env)
        owner, tiers = create_engine(server.url()), create_engine(server.tiers_url())
        with owner.begin() as c:
            # As a later version's migration and grants leave them.
            c.execute(text("CREATE TABLE later_acts (id INT PRIMARY KEY)"))
            c.execute(text("GRANT SELECT, INSERT ON later_acts TO 'tiers'@'%'"))
            c.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        for _ in range(2):  # and gives the lock back
            prepare(env)
        with tiers.begin() as c:
            assert c.execute(text("SELECT version_num FROM alembic_version")).scalar() == "later"
            c.execute(text("INSERT INTO later_acts VALUES (1)"))
        with pytest.raises(OperationalError, match="command denied"), tiers.begin() as c:
            c.execute(text("DELETE FROM later_acts"))
        owner.dispose()
        tiers.dispose()
