"""Each port, once as the fake and once as every real adapter there is here.

The real ones are imported by who asks for them, so that the fakes' tests begin at once.
"""

from collections.abc import Iterator

import pytest

from shared.adapters.memory.object_store import MemoryObjectStore
from shared.ports.object_store import ObjectStore
from tests.contract.fakes import FakePool, FakeQueues, fake_records
from tests.contract.sides import PoolSide, Records, WorkerSide
from tests.support_slice import a_part

MOTO = pytest.param("moto", marks=pytest.mark.slow)
MINISTACK = pytest.param("ministack", marks=pytest.mark.slow)
MARIADB = pytest.param("mariadb", marks=pytest.mark.slow)
CLOUD = a_part([MOTO, MINISTACK], 0, 2)
"""Two independent imitations of AWS; each day one of them."""


def _use(name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    from tests.support_aws import use_cloud

    endpoint: str = request.getfixturevalue(f"{name}_endpoint")
    use_cloud(endpoint, monkeypatch)
    return endpoint


@pytest.fixture(params=["memory", *CLOUD])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """An empty object store."""
    if request.param == "memory":
        yield MemoryObjectStore()
        return
    from tests.support_aws import new_bucket

    _use(request.param, request, monkeypatch)
    with new_bucket() as (real, _):
        yield real


@pytest.fixture(params=["memory", *CLOUD])
def versioned_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """An empty object store that keeps versions, as on AWS."""
    if request.param == "memory":
        yield MemoryObjectStore(versioned=True)
        return
    from tests.support_aws import new_bucket

    _use(request.param, request, monkeypatch)
    with new_bucket(versioned=True) as (real, _):
        yield real


@pytest.fixture(params=["memory", *CLOUD])
def queues(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerSide]:
    """An empty queue."""
    if request.param == "memory":
        yield FakeQueues()
        return
    from tests.support_aws import Queues

    made = Queues(_use(request.param, request, monkeypatch))
    yield made
    made.sqs.close()


@pytest.fixture(params=["memory", *CLOUD])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[PoolSide]:
    """A pool without anybody in it. Moto's checks neither codes nor passwords: see `strict_pool`."""
    yield from _pool(request, monkeypatch)


@pytest.fixture(params=["memory", MINISTACK])
def strict_pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[PoolSide]:
    """A pool that checks what Cognito checks."""
    yield from _pool(request, monkeypatch)


def _pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[PoolSide]:
    if request.param == "memory":
        yield FakePool()
        return
    from tests.support_aws import new_pool

    _use(request.param, request, monkeypatch)
    with new_pool() as made:
        yield made


@pytest.fixture(scope="session")
def mariadb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A MariaDB with the product's tables that lasts for the session."""
    from local.cloud.mariadb import Database as Server
    from shared.migrations.__main__ import upgrade

    with Server(tmp_path_factory.mktemp("mariadb")) as server:
        upgrade(server.url())
        yield server.url()


@pytest.fixture(params=["memory", MARIADB])
def records(request: pytest.FixtureRequest) -> Iterator[Records]:
    """Empty tables."""
    if request.param == "memory":
        yield fake_records()
        return
    from tests.support_database import empty, real_records

    url: str = request.getfixturevalue("mariadb_url")
    with real_records(url) as made:
        yield made
        empty(url)
