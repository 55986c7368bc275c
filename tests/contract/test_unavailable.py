"""A part of the world that is away: every use of its port says so, in the port's own words, and none hangs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.identity import MemoryIdentity
from shared.adapters.memory.object_store import MemoryObjectStore
from shared.adapters.memory.work_queue import MemoryWorkQueue
from shared.domain.albums import AlbumChanges
from shared.domain.editing import Changes
from shared.domain.images import ImageQuery
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.reingest import Outcome, Which
from shared.domain.uploads import Attempt, State
from shared.ports.albums import END
from shared.ports.identity import IdentityUnavailable
from shared.ports.object_store import ObjectStore, StoreUnavailable
from shared.ports.operations import WorkerStatus
from shared.ports.reingest import Turn
from shared.ports.unavailable import CatalogueUnavailable
from shared.ports.work_queue import QueueUnavailable, WorkQueue
from tests.contract.fakes import FakePool, records_on
from tests.contract.sides import PoolSide, Records
from tests.contract.uploads import image_of, new_manifest
from tests.support_cloud import free_port

ID = UUID(int=7)
NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
ATTEMPT = Attempt(1, "w", NOW)
REAL = pytest.param("real", marks=pytest.mark.slow)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> str:
    """An endpoint at which nobody listens."""
    from tests.support_aws import use_cloud

    url = f"http://127.0.0.1:{free_port()}"
    use_cloud(url, monkeypatch)
    return url


@pytest.fixture(params=["memory", REAL])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    if request.param == "memory":
        fake = MemoryObjectStore()
        fake.away = True
        return fake
    request.getfixturevalue("nowhere")
    from tests.support_aws import store_on

    return store_on("a-bucket")


@pytest.fixture(params=["memory", REAL])
def queue(request: pytest.FixtureRequest) -> WorkQueue:
    if request.param == "memory":
        fake = MemoryWorkQueue()
        fake.away = True
        return fake
    url = f"{request.getfixturevalue('nowhere')}/000000000000/q"
    from tests.support_aws import queue_on

    return queue_on(url, url + "-dead")


@pytest.fixture(params=["memory", REAL])
def pool(request: pytest.FixtureRequest) -> PoolSide:
    if request.param == "memory":
        identity = MemoryIdentity()
        identity.away = True
        return FakePool(identity)
    request.getfixturevalue("nowhere")
    from tests.support_aws import pool_on

    return pool_on("eu-west-1_x", "app")


@pytest.fixture(params=["memory", REAL])
def records(request: pytest.FixtureRequest) -> Iterator[Records]:
    if request.param == "memory":
        database = MemoryDatabase()
        database.away = True
        yield records_on(database)
        return
    from tests.support_database import real_records

    with real_records(f"mysql+pymysql://u:p@127.0.0.1:{free_port()}/db?ssl_disabled=true") as made:
        yield made


def test_a_store_that_is_away_says_so(store: ObjectStore) -> None:
    sink = store.open_sink("k")
    uses: list[Callable[[], object]] = [
        lambda: store.put("k", b"", "text/plain"),
        lambda: store.put_new("k", b"", "text/plain"),
        lambda: store.get("k"),
        lambda: store.pieces("k"),
        lambda: list(store.list("k")),
        lambda: store.delete(["k"]),
        store.check,
        sink.commit,
    ]
    for use in uses:
        with pytest.raises(StoreUnavailable):
            use()
    sink.abort()


def test_a_queue_that_is_away_says_so(queue: WorkQueue) -> None:
    uses: list[Callable[[], object]] = [
        lambda: queue.send(ID, ID),
        queue.warm,
        queue.depth,
        queue.check,
        queue.misconfiguration,
    ]
    for use in uses:
        with pytest.raises(QueueUnavailable):
            use()


def test_an_identity_provider_that_is_away_says_so(pool: PoolSide) -> None:
    accounts, sessions = pool.accounts, pool.sessions
    uses: list[Callable[[], object]] = [
        lambda: accounts.sign_up("ann", "ann@example.com", "Correct-horse-1"),
        lambda: accounts.confirm("ann", "123456"),
        lambda: accounts.resend_code("ann"),
        lambda: accounts.forgot("ann"),
        lambda: accounts.reset("ann", "123456", "Correct-horse-1"),
        lambda: accounts.find("ann"),
        lambda: sessions.log_in("ann", "Correct-horse-1"),
        lambda: sessions.refresh("token"),
        lambda: sessions.revoke("token"),
        lambda: pool.removal.remove("ann", ID),
        sessions.check,
    ]
    for use in uses:
        with pytest.raises(IdentityUnavailable):
            use()


def test_a_database_that_is_away_says_so(records: Records) -> None:
    manifest = new_manifest()
    image = image_of(manifest)
    beat = WorkerStatus("w", "h", "1", NOW, None)
    uses: list[Callable[[], object]] = [
        lambda: records.uploads.find(ID),
        lambda: records.uploads.find_many([ID]),
        lambda: records.uploads.events(ID),
        lambda: records.uploads.counts_of(ID),
        lambda: records.asks.ask(ID, "ann", ID, "May I?"),
        lambda: records.asks.answer(ID, ID, "", granted=True),
        lambda: records.asks.latest(ID, ID),
        lambda: records.asks.of_owner(ID, None, 1),
        lambda: records.asks.of_asker(ID, None, 1),
        lambda: records.asks.waiting(ID),
        lambda: records.operator_acts.begin(Operator("o", Way.PAGE), Verb.REDRIVE, "", 1),
        lambda: records.operator_acts.end(ID, {}),
        lambda: records.operator_acts.page(None, 1),
        lambda: records.checks.start_if_due(timedelta(days=7)),
        lambda: records.checks.lease("a", 1),
        lambda: records.checks.last(),
        lambda: records.findings.counts(ID),
        lambda: records.findings.claim("a", 1),
        lambda: records.findings.acts(1),
        lambda: records.inventory.page("", 1),
        lambda: records.inventory.find(ID),
        lambda: records.receiving.wishes(),
        lambda: records.receiving.change(
            Operator("o", Way.PAGE), "all", None, stopped=True, why="", seen=None
        ),
        lambda: records.reingest.count(Which()),
        lambda: records.reingest.start(ID, Operator("o", Way.PAGE), Which()),
        lambda: records.reingest.act(ID, Operator("o", Way.PAGE), Verb.PAUSE_REINGEST),
        lambda: records.reingest.find(ID),
        lambda: records.reingest.runs(None, 1),
        lambda: records.reingest.failures(ID, None, 1),
        records.reingest.under_way,
        lambda: records.reingest.take(1),
        lambda: records.reingest.begin(ID),
        lambda: records.reingest.settle(Turn(ID, image, 1), Outcome.GONE, image, [], "", []),
        lambda: records.reingest.give_back(Turn(ID, image, 1)),
        lambda: records.reingest.given_up(1),
        lambda: records.reingest.forget(["k"]),
        lambda: records.images.count_newer(ID, 1),
        lambda: records.mending.dismiss(ID, ID, dismissed=True),
        lambda: records.mending.retry(ID, ID),
        lambda: records.uploads.of_owner(ID, tuple(State), None, 1),
        lambda: records.uploads.recent(1),
        lambda: records.upload_search.of_owner(ID, None, 1),
        lambda: records.upload_search.of_username("ann", None, 1),
        lambda: records.upload_search.of_filename("boat", None, 1),
        lambda: records.upload_search.of_digest("00" * 32, None, 1),
        lambda: records.upload_search.of_reference("0" * 8, None, 1),
        lambda: records.failed_uploads.of(None, None, 1),
        lambda: records.attempts.begin(manifest, ATTEMPT),
        lambda: records.attempts.note(ID, []),
        lambda: records.attempts.publish(image, [], ATTEMPT, []),
        lambda: records.attempts.reject(ID, ATTEMPT, "c", "m", []),
        lambda: records.attempts.fail(ID, ATTEMPT, "m"),
        lambda: records.recovery.requeued(manifest),
        lambda: records.recovery.redriven(manifest),
        lambda: records.images.find(ID),
        lambda: records.images.find_many([ID]),
        lambda: records.images.search(ImageQuery()),
        lambda: records.images.neighbours(ID),
        lambda: records.images.count_of("ann"),
        lambda: records.editing.edit(ID, ID, None, Changes(caption="c")),
        lambda: records.editing.grants(ID),
        lambda: records.albums.create(ID, "ann", "t", ""),
        lambda: records.albums.find(ID),
        lambda: records.albums.titled(ID, "t"),
        lambda: records.albums.of_user("ann", None, 1),
        lambda: records.albums.holding(ID, 1),
        lambda: records.albums.holds(ID, ID),
        lambda: records.albums.images(ID, None, 1),
        lambda: records.albums.edit(ID, ID, None, AlbumChanges(title="t")),
        lambda: records.albums.beside(ID, ID, after=True),
        lambda: records.albums.delete(ID, ID),
        lambda: records.albums.add(ID, ID, [ID]),
        lambda: records.albums.remove(ID, ID, [ID]),
        lambda: records.albums.move(ID, ID, [ID], END),
        lambda: records.operations.beat(beat),
        lambda: records.operations.workers(NOW),
        lambda: records.operations.throughput(NOW),
        lambda: records.downloads.forget(ID),
        lambda: records.closing.begin(ID, "ann"),
        lambda: records.closing.begun(ID),
        lambda: records.closing.under_way(1),
        lambda: records.closing.take_back(ID, 1),
        lambda: records.closing.take_back_staged(manifest),
        lambda: records.closing.done(ID),
        records.operations.check,
    ]
    for use in uses:
        with pytest.raises(CatalogueUnavailable):
            use()
