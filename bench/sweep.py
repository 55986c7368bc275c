"""How long a sweep takes, and how much memory, over many staged uploads: `python -m bench.sweep [UPLOADS]`.

Real are boto3, its HTTP and XML, MariaDB with a record for every second upload, and the sweep itself. The listing of S3
is made up as it is asked for, by a process of its own; on AWS each thousand keys add what S3 takes for a page.
"""

import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import boto3
from sqlalchemy import create_engine, text

from local.cloud.mariadb import Database as Server
from local.drive.waiting import wait_until
from local.process.ports import free_port, is_free
from shared.adapters.mysql import FOR_WORK, Database
from shared.adapters.mysql_erasing import MySqlErasing
from shared.adapters.mysql_ingest_log import MySqlIngestLog
from shared.adapters.mysql_uploads import MySqlUploads
from shared.adapters.s3 import S3ObjectStore, s3_client
from shared.migrations.__main__ import upgrade
from shared.ports.work_queue import Depth, WorkQueue
from worker.sweep.sweep import Sweep

RESULTS = Path(__file__).parent / "results" / "sweep.json"
OWNER = UUID(int=1 << 100)
FIRST = 0x7 << 76 | 0b10 << 62
PAGE = 1000
BATCH = 5000


def upload_id(number: int) -> UUID:
    """Of an upload, in the order of the numbers."""
    return UUID(int=FIRST + (number << 80))


class Listing(BaseHTTPRequestHandler):
    """ListObjectsV2 of a bucket with two staged objects for each of `uploads`."""

    uploads = 0
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """One page."""
        query = parse_qs(urlsplit(self.path).query)
        first = int(query.get("continuation-token", ["0"])[0])
        end = min(first + PAGE, 2 * self.uploads)
        keys = (
            f"staging/{OWNER}/{upload_id(n // 2)}/{'manifest' if n % 2 else 'bytes-00000000'}"
            for n in range(first, end)
        )
        entries = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;0&quot;</ETag><Size>9</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key in keys
        )
        more = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < 2 * self.uploads else ""
        body = (
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>'
            f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>{more}{entries}</ListBucketResult>"
        ).encode()
        self.send_response_only(200)
        self.send_header("Date", "Thu, 01 Jan 2026 00:10:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve(port: int, uploads: int) -> None:
    Listing.uploads = uploads
    HTTPServer(("127.0.0.1", port), Listing).serve_forever()


@contextmanager
def listing(uploads: int) -> Iterator[str]:
    """The address of such a bucket's endpoint."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port, uploads), daemon=True)
    process.start()
    try:
        wait_until(lambda: not is_free(port), 60, "the listing answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()


class Full:
    """A queue on which all of them wait."""

    def __init__(self, uploads: int) -> None:
        self._uploads = uploads

    def depth(self) -> Depth:
        """As many as there are."""
        return Depth(visible=self._uploads, in_flight=0, delayed=0, dead_letters=0)


def sweep_once(url: str, uploads: int) -> dict[str, float]:
    """In a process of its own, so that its memory is the sweep's: figures of one over so many."""
    with listing(uploads) as endpoint, multiprocessing.get_context("spawn").Pool(1) as pool:
        return dict(pool.apply(_sweep, (url, uploads, endpoint)))


def _sweep(url: str, uploads: int, endpoint: str) -> dict[str, float]:
    os.environ |= {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    database = Database(url, FOR_WORK, pool_size=1, counted=False)
    store = S3ObjectStore(s3_client(boto3.Session(), "us-east-1"), "b")
    log = MySqlIngestLog(database)
    queue: Any = Full(uploads)
    sweep = Sweep(store, cast("WorkQueue", queue), MySqlUploads(database), log, MySqlErasing(database))
    next(store.list("staging/"))  # the listing answers, and what is loaded at the first use is loaded
    before, cpu, began = _megabytes(), time.process_time(), time.monotonic()
    report = sweep.run()
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    assert report.seen == uploads
    assert not report.requeued, "all of them wait on the queue"
    return {
        "uploads": uploads,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "memory_mb_added": round(_megabytes() - before, 1),
    }


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(url: str, uploads: int) -> None:
    """A record of every second upload, which an attempt has begun."""
    engine = create_engine(url)
    statement = text("""
        INSERT INTO uploads (id, owner, username, filename, size_bytes, accepted_at, state, attempts, changed_at)
        VALUES (:id, :owner, 'ann', 'boat.jpg', 9, UTC_TIMESTAMP(6), 'processing', 1, UTC_TIMESTAMP(6))""")
    for start in range(0, uploads, BATCH):
        rows = [
            {"id": upload_id(n).bytes, "owner": OWNER.bytes}
            for n in range(start, min(start + BATCH, uploads), 2)
        ]
        with engine.begin() as c:
            c.execute(statement, rows)
    engine.dispose()


def main(arguments: list[str]) -> None:
    """Print the figures and write them down."""
    uploads = int(arguments[0]) if arguments else 100_000
    with tempfile.TemporaryDirectory(prefix="bench-sweep-") as folder, Server(Path(folder)) as server:
        upgrade(server.url())
        fill(server.url(), uploads)
        figures = [sweep_once(server.url(), count) for count in (uploads // 10, uploads)]
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    for one in figures:
        print("  ".join(f"{name} {figure:,}" for name, figure in one.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
