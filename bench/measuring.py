"""What measuring costs: CPU microseconds of a call to S3 and of a statement, with and without the hooks.

Run from the repository root: `python -m bench.measuring`. Both kinds of call are made side by side, in turns; S3's
answer is given by a hook of its own in the place of the network, MySQL's by a MariaDB that is started for it. Nothing
but this process is counted. Prints a table and writes bench/results/measuring.json.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from sqlalchemy import create_engine, text

from local.cloud.mariadb import Database as Server
from shared.adapters.measured import measure_aws, measure_mysql
from shared.adapters.s3 import s3_client
from shared.counting import meet_in

ROUNDS, CALLS = 40, 100
RESULTS = Path(__file__).parent / "results" / "measuring.json"


class _Body:
    def stream(self, **_: Any) -> list[bytes]:
        """botocore reads a body so: that of HEAD is empty."""
        return []


def _s3(*, measured: bool) -> Callable[[], object]:
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    if measured:
        measure_aws(session.events)
    client = s3_client(session, "eu-west-1")
    headers = HTTPHeaders.from_dict({"ETag": '"x"', "Content-Length": "9"})
    answer: Any = lambda request, **_: AWSResponse(request.url, 200, headers, _Body())  # noqa: E731
    client.meta.events.register("before-send.s3.HeadObject", answer)
    return lambda: client.head_object(Bucket="a-bucket", Key="a-key")


def _statement(url: str, *, measured: bool) -> Callable[[], object]:
    engine = create_engine(url)
    if measured:
        measure_mysql(engine)
    connection, statement = engine.connect(), text("SELECT 1")
    return lambda: connection.execute(statement).scalar()


def _microseconds(call: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS * 1e6


def _compared(make: Callable[..., Callable[[], object]]) -> dict[str, float]:
    plain, measured = make(measured=False), make(measured=True)
    rounds = [(_microseconds(plain), _microseconds(measured)) for _ in range(ROUNDS + 2)][2:]
    without, with_ = (statistics.median(times) for times in zip(*rounds, strict=True))
    return {
        "without_us": round(without, 1),
        "with_us": round(with_, 1),
        "added_us": round(with_ - without, 1),
        "ratio": round(with_ / without, 3),
    }


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "database") as server:
        meet_in(Path(folder) / "counts")
        result = {
            "S3 HeadObject": _compared(_s3),
            "MySQL SELECT 1": _compared(partial(_statement, server.url())),
        }
    print(f"{'CPU µs of a call':<20} {'without':>9} {'with':>9} {'added':>7} {'ratio':>7}")
    for name, row in result.items():
        print(
            f"{name:<20} {row['without_us']:9.1f} {row['with_us']:9.1f} {row['added_us']:7.1f} {row['ratio']:7.3f}"
        )
    RESULTS.write_text(json.dumps({"calls": ROUNDS * CALLS, **result}, indent=1) + "\n")


if __name__ == "__main__":
    main()
