"""What MySQL, S3 and SQS hold, asked directly: the portal's own answers are not asked for proof."""

from collections import Counter
from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

import pymysql

from local.cloud.clients import Clients
from local.stack import Stack

KINDS = ("images", "previews", "thumbnails")
WATCH = (
    "CREATE TABLE IF NOT EXISTS rehearsal_beginnings (id BINARY(16) NOT NULL)",
    "CREATE OR REPLACE TRIGGER rehearsal_beginning AFTER UPDATE ON uploads FOR EACH ROW "
    "IF NEW.state = 'processing' AND (OLD.state <> NEW.state OR OLD.attempts <> NEW.attempts) THEN "
    "INSERT INTO rehearsal_beginnings VALUES (NEW.id); END IF",
)


class Truth:
    """The stores of a running local stack."""

    def __init__(self, stack: Stack) -> None:
        env = stack.env
        clients = Clients.of(env)
        self._s3, self._sqs = clients.s3, clients.sqs
        self._bucket, self._queue_url = env["S3_BUCKET"], env["SQS_QUEUE_URL"]
        self._url = urlsplit(env["DATABASE_URL"])
        self._owners_url = urlsplit(env.get("MIGRATIONS_DATABASE_URL") or env["DATABASE_URL"])

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """The rows of a SELECT."""
        return self._ask(self._url, statement, values)

    @staticmethod
    def _ask(url: SplitResult, statement: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        connection = pymysql.connect(
            host=url.hostname or "",
            port=url.port or 3306,
            user=url.username or "",
            password=unquote(url.password or ""),
            database=url.path.lstrip("/"),
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def published(self, ids: Iterable[str]) -> set[str]:
        """Those of the uploads that have an image's row."""
        known = {str(UUID(bytes=bytes(row[0]))) for row in self.rows("SELECT id FROM images")}  # type: ignore[call-overload]
        return known & set(ids)

    def deliveries(self, ids: Iterable[str]) -> list[int]:
        """Of each upload that has begun, which delivery of its message its last attempt was, by SQS's count."""
        found = {str(UUID(bytes=bytes(i))): int(n) for i, n in self.rows("SELECT id, attempts FROM uploads")}  # type: ignore[call-overload]
        return [found[upload] for upload in ids if upload in found]

    def watch_beginnings(self) -> None:
        """From now on the database notes each attempt that begins: of one that is killed, nothing else would tell."""
        for statement in WATCH:
            self._ask(self._owners_url, statement)

    def beginnings(self, ids: Iterable[str]) -> list[int]:
        """How often each upload was begun since `watch_beginnings`. More than once: work was interrupted and lost."""
        noted = self._ask(self._owners_url, "SELECT id FROM rehearsal_beginnings")
        counts = Counter(str(UUID(bytes=bytes(row[0]))) for row in noted)  # type: ignore[call-overload]
        return [counts[upload] for upload in ids]

    def faults(self, ids: Iterable[str]) -> list[str]:
        """What is not exactly once: an upload without its row, or without one object of each kind, or with two."""
        wanted = set(ids)
        found = [f"{upload} has no row" for upload in sorted(wanted - self.published(wanted))]
        for kind in KINDS:
            stored = Counter(key.rsplit("_", 1)[1].partition(".")[0] for key in self.keys(f"{kind}/"))
            found += [
                f"{upload}: {stored[upload]} {kind}" for upload in sorted(wanted) if stored[upload] != 1
            ]
        return found

    def keys(self, prefix: str) -> list[str]:
        """Every key under a prefix."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def depth(self) -> int:
        """Messages on the queue in any state."""
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._queue_url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(count) for count in answer["Attributes"].values())

    def purge(self) -> None:
        """Lose every message."""
        self._sqs.purge_queue(QueueUrl=self._queue_url)
