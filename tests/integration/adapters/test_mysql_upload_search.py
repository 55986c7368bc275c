"""Operators' look-ups among many uploads read one index each, a page of it, and sort nothing."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, TextClause, create_engine, text

from local.stack import Stack
from shared.adapters import mysql_upload_search as search
from shared.adapters.mysql_uploads import OF_OWNER
from shared.domain.uploads import State
from tests.support_database import empty

UPLOADS = 20_000
OWNER = uuid4()
_NUMBERS = """
    INSERT INTO uploads (id, owner, username, filename, size_bytes, sha256, accepted_at, state, attempts, changed_at)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most)
    SELECT UNHEX(LPAD(HEX(n), 32, '0')), IF(n % 3 = 0, :owner, UNHEX(LPAD(HEX(n % 500), 32, '1'))),
           IF(n % 3 = 0, 'ann', CONCAT('user', n % 500)), IF(n % 2 = 0, 'IMG.jpg', CONCAT('IMG_', n, '.jpg')), 3,
           IF(n % 5 = 0, REPEAT('x', 32), UNHEX(LPAD(HEX(n), 64, '0'))), NOW(6), 'published', 1, NOW(6)
    FROM numbers"""
MIDDLE = UUID(int=UPLOADS // 2).bytes


@pytest.fixture(scope="module")
def many(stack: Stack) -> Iterator[Connection]:
    """As many uploads as make an optimizer choose; every third is of one owner, every second of one name."""
    engine = create_engine(stack.env["MIGRATIONS_DATABASE_URL"])
    with engine.begin() as c:
        fields = {"most": UPLOADS, "owner": OWNER.bytes}
        limit = (
            "cte_max_recursion_depth"
            if "MariaDB" not in c.execute(text("SELECT VERSION()")).scalar_one()
            else None
        )
        c.execute(text(f"SET SESSION {limit or 'max_recursive_iterations'} = :most"), {"most": UPLOADS})
        c.execute(text(_NUMBERS), fields)
    with engine.begin() as c:
        c.execute(text("ANALYZE TABLE uploads")).all()
        yield c
    engine.dispose()
    empty(stack.env["MIGRATIONS_DATABASE_URL"])


@pytest.mark.parametrize(
    ("statement", "fields", "key"),
    [
        (search.OF_OWNER, {"wanted": OWNER.bytes, "before": MIDDLE}, "of_owner"),
        (search.OF_USERNAME, {"wanted": "ann", "before": MIDDLE}, "of_username"),
        (search.OF_REFERENCE, {"wanted": b"\0\0\0\7", "before": MIDDLE}, "of_reference"),
        (search.CALLED_SO, {"wanted": "IMG.jpg", "before": MIDDLE}, "of_filename"),
        (search.CALLED_LIKE_IT_TOO, {"wanted": "IMG.jpg", "after": MIDDLE}, "of_filename"),
        (search.BEGINNING_SO, {"wanted": "IMG_1", "last": "IMG_1\U0010ffff"}, "of_filename"),
        (search.RECEIVED, {"wanted": b"x" * 32, "before": MIDDLE}, "of_bytes"),
        (search.PUBLISHED_AS, {"wanted": b"x" * 32, "before": MIDDLE}, "of_published_bytes"),
        (search.PUBLISHED_FROM, {"wanted": b"x" * 32, "before": MIDDLE}, "of_received_bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_look_up_reads_its_index_in_its_order(
    many: Connection, statement: TextClause, fields: dict[str, object], key: str
) -> None:
    [plan] = many.execute(text(f"EXPLAIN {statement.text}"), fields | {"limit": 51}).mappings()
    assert plan["key"] == key, dict(plan)
    assert plan["type"] in ("ref", "range"), dict(plan)
    assert not {"Using filesort", "Using temporary"} & set((plan["Extra"] or "").split("; ")), dict(plan)


@pytest.mark.parametrize(
    ("statement", "fields"),
    [
        (search.OF_OWNER, {"wanted": OWNER.bytes, "before": MIDDLE}),
        (search.OF_USERNAME, {"wanted": "ann", "before": MIDDLE}),
        (search.CALLED_SO, {"wanted": "IMG.jpg", "before": MIDDLE}),
        (search.CALLED_LIKE_IT_TOO, {"wanted": "IMG.jpg", "after": MIDDLE}),
        (search.BEGINNING_SO, {"wanted": "IMG_1", "last": "IMG_1\U0010ffff"}),
        (search.RECEIVED, {"wanted": b"x" * 32, "before": MIDDLE}),
    ],
)
def test_a_page_reads_no_more_rows_than_it_shows(
    many: Connection, statement: TextClause, fields: dict[str, object]
) -> None:
    before = _read(many)
    assert len(many.execute(statement, fields | {"limit": 51}).all()) == 51
    assert _read(many) - before <= 60


@pytest.mark.parametrize("states", [list(State), [State.PUBLISHED]], ids=["all", "published"])
def test_a_page_of_ones_own_reads_the_same_however_far_back(many: Connection, states: list[State]) -> None:
    fields = {"owner": OWNER.bytes, "states": states, "dismissed": False, "limit": 51}
    for before in (b"\xff" * 16, MIDDLE, UUID(int=UPLOADS // 20).bytes):
        read = _read(many)
        assert len(many.execute(OF_OWNER, fields | {"before": before}).all()) == 51
        assert _read(many) - read <= 110


def _read(c: Connection) -> int:
    """Rows that this session has read so far."""
    return sum(int(row[1]) for row in c.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'")))
