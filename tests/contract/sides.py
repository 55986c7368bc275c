"""What a contract's test needs beside the port itself: the other side of it, on a fake or on the real thing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from shared.ports.account_records import AccountRecords
from shared.ports.account_removal import AccountRemoval
from shared.ports.accounts import Accounts
from shared.ports.albums import Albums
from shared.ports.asks import Asks
from shared.ports.attempts import Attempts
from shared.ports.checks import Checks, Findings
from shared.ports.closing import Closing
from shared.ports.dead_letters import DeadLetters
from shared.ports.downloads import Downloads
from shared.ports.editing import Editing
from shared.ports.erasing import Erasing
from shared.ports.failures import FailedUploads
from shared.ports.fingerprints import Fingerprints
from shared.ports.held import Held
from shared.ports.image_catalogue import ImageCatalogue
from shared.ports.inventory import Inventory
from shared.ports.limits import Limits
from shared.ports.mending import Mending
from shared.ports.moderation import Moderation, Reports
from shared.ports.operations import Operations
from shared.ports.operator_acts import OperatorActs
from shared.ports.own_account import OwnAccount
from shared.ports.passkeys import Passkeys
from shared.ports.receiving import Receiving
from shared.ports.recovery import Recovery
from shared.ports.reingest import Reingest
from shared.ports.samples import Samples
from shared.ports.second_step import SecondStep
from shared.ports.session_records import SessionRecords
from shared.ports.sessions import Sessions
from shared.ports.shares import Shares
from shared.ports.taking_back import TakingBack
from shared.ports.upload_search import UploadSearch
from shared.ports.uploads import Uploads
from shared.ports.usages import Usages
from shared.ports.work_queue import WorkQueue


@dataclass
class Taken:
    """A message that a worker has received."""

    owner: UUID
    upload_id: UUID
    group: str
    receive_count: int
    acknowledge: Callable[[], object]
    time_out: Callable[[], object]


class WorkerSide(Protocol):
    """A queue, and a worker's hand on it."""

    @property
    def queue(self) -> WorkQueue: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    def plant(self, body: str) -> None: ...
    def take(self) -> Taken | None: ...
    def pass_time(self, seconds: int) -> None: ...


class PoolSide(Protocol):
    """Accounts and sessions, and what a person's mailbox and an administrator know of them."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def own_account(self) -> OwnAccount: ...
    @property
    def removal(self) -> AccountRemoval: ...
    @property
    def second_step(self) -> SecondStep: ...
    @property
    def passkeys(self) -> Passkeys: ...
    def code(self, username: str) -> str: ...
    def reset_code(self, username: str) -> str: ...
    def email_code(self, username: str) -> str: ...
    def make_operator(self, username: str) -> None: ...


@dataclass
class Records:
    """Every port on the database, a moderator's word that an image is not to come again, and a way to let time pass by
    its clock."""

    uploads: Uploads
    upload_search: UploadSearch
    attempts: Attempts
    recovery: Recovery
    images: ImageCatalogue
    editing: Editing
    taking_back: TakingBack
    mending: Mending
    usages: Usages
    erasing: Erasing
    operations: Operations
    operator_acts: OperatorActs
    samples: Samples
    checks: Checks
    findings: Findings
    inventory: Inventory
    receiving: Receiving
    reingest: Reingest
    account_records: AccountRecords
    session_records: SessionRecords
    limits: Limits
    closing: Closing
    downloads: Downloads
    shares: Shares
    albums: Albums
    fingerprints: Fingerprints
    held: Held
    failed_uploads: FailedUploads
    bar: Callable[[UUID, str], object]
    asks: Asks
    reports: Reports
    moderation: Moderation
    pass_time: Callable[[timedelta], object]
