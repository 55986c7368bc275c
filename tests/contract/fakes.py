"""The fakes with the other side of their ports."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from shared.adapters.memory.account_records import MemoryAccountRecords
from shared.adapters.memory.albums import MemoryAlbums
from shared.adapters.memory.asks import MemoryAsks
from shared.adapters.memory.checks import MemoryChecks
from shared.adapters.memory.clock import HandClock
from shared.adapters.memory.closing import MemoryClosing
from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.dead_letters import MemoryDeadLetters
from shared.adapters.memory.downloads import MemoryDownloads
from shared.adapters.memory.editing import MemoryEditing
from shared.adapters.memory.erasing import MemoryErasing
from shared.adapters.memory.failed_uploads import MemoryFailedUploads
from shared.adapters.memory.findings import MemoryFindings
from shared.adapters.memory.fingerprints import MemoryFingerprints, bar
from shared.adapters.memory.held import MemoryHeld
from shared.adapters.memory.identity import MemoryIdentity
from shared.adapters.memory.images import MemoryImages
from shared.adapters.memory.ingest_log import MemoryIngestLog
from shared.adapters.memory.inventory import MemoryInventory
from shared.adapters.memory.limits import MemoryLimits
from shared.adapters.memory.mending import MemoryMending
from shared.adapters.memory.moderation import MemoryModeration
from shared.adapters.memory.operations import MemoryOperations
from shared.adapters.memory.operator_acts import MemoryOperatorActs
from shared.adapters.memory.passkeys import MemoryPasskeys
from shared.adapters.memory.receiving import MemoryReceiving
from shared.adapters.memory.reingest import MemoryReingest
from shared.adapters.memory.reports import MemoryReports
from shared.adapters.memory.samples import MemorySamples
from shared.adapters.memory.second_step import MemorySecondStep
from shared.adapters.memory.session_records import MemorySessionRecords
from shared.adapters.memory.shares import MemoryShares
from shared.adapters.memory.taking_back import MemoryTakingBack
from shared.adapters.memory.upload_search import MemoryUploadSearch
from shared.adapters.memory.uploads import MemoryUploads
from shared.adapters.memory.usages import MemoryUsages
from shared.adapters.memory.work_queue import MemoryWorkQueue
from shared.domain.delivery import VISIBILITY_TIMEOUT_SECONDS
from tests.contract.sides import Records, Taken


class FakeQueues:
    """Implements tests.contract.sides.WorkerSide."""

    def __init__(self) -> None:
        self._clock = HandClock()
        self.queue = MemoryWorkQueue(self._clock)
        self.dead_letters = MemoryDeadLetters(self.queue, self._clock)

    def plant(self, body: str) -> None:
        self.dead_letters.plant(body)

    def pass_time(self, seconds: int) -> None:
        self._clock.advance(timedelta(seconds=seconds))

    def take(self) -> Taken | None:
        found = self.queue.receive()
        if found is None:
            return None
        return Taken(
            found.owner,
            found.upload_id,
            found.group,
            found.receive_count,
            acknowledge=lambda: self.queue.delete(found),
            time_out=lambda: self._clock.advance(timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS)),
        )


class FakePool:
    """Implements tests.contract.sides.PoolSide."""

    def __init__(self, identity: MemoryIdentity | None = None) -> None:
        self._identity = identity or MemoryIdentity()

    @property
    def accounts(self) -> MemoryIdentity:
        return self._identity

    @property
    def sessions(self) -> MemoryIdentity:
        return self._identity

    @property
    def own_account(self) -> MemoryIdentity:
        return self._identity

    @property
    def removal(self) -> MemoryIdentity:
        return self._identity

    @property
    def second_step(self) -> MemorySecondStep:
        return self._identity.second_step

    @property
    def passkeys(self) -> MemoryPasskeys:
        """Its passkeys."""
        return self._identity.passkeys

    def code(self, username: str) -> str:
        return next(mail.code for mail in reversed(self._identity.outbox) if mail.username == username)

    def reset_code(self, username: str) -> str:
        return self.code(username)

    def email_code(self, username: str) -> str:
        return self.code(username)

    def make_operator(self, username: str) -> None:
        self._identity.add_to_group(username, "operators")


def fake_records() -> Records:
    """Empty tables, and a clock that stands until a test moves it."""
    clock = HandClock()
    return replace(records_on(MemoryDatabase(clock)), pass_time=clock.advance)


def records_on(database: MemoryDatabase) -> Records:
    """Every port on a database whose time nobody moves."""
    log = MemoryIngestLog(database)
    return Records(
        uploads=MemoryUploads(database),
        upload_search=MemoryUploadSearch(database),
        attempts=log,
        recovery=log,
        images=MemoryImages(database),
        editing=MemoryEditing(database),
        taking_back=MemoryTakingBack(database),
        mending=MemoryMending(database),
        usages=MemoryUsages(database),
        erasing=MemoryErasing(database),
        operations=MemoryOperations(database),
        operator_acts=MemoryOperatorActs(database),
        samples=MemorySamples(database),
        checks=MemoryChecks(database),
        findings=MemoryFindings(database),
        inventory=MemoryInventory(database),
        receiving=MemoryReceiving(database),
        reingest=MemoryReingest(database),
        account_records=MemoryAccountRecords(database),
        session_records=MemorySessionRecords(database),
        limits=MemoryLimits(database),
        closing=MemoryClosing(database),
        downloads=MemoryDownloads(database),
        shares=MemoryShares(database),
        albums=MemoryAlbums(database),
        fingerprints=MemoryFingerprints(database),
        held=MemoryHeld(database),
        failed_uploads=MemoryFailedUploads(database),
        bar=lambda image_id, why: _bar(database, image_id, why),
        asks=MemoryAsks(database),
        reports=MemoryReports(database),
        moderation=MemoryModeration(database),
        pass_time=lambda _: None,
    )


def _bar(database: MemoryDatabase, image_id: UUID, why: str) -> None:
    with database.transaction() as tables:
        bar(tables, image_id, database.now(), why)
