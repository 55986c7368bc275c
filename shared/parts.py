"""What each tier works with: ports alone. `shared.bootstrap` fills them in, tests do so with fakes."""

from dataclasses import dataclass

from shared.config import WebSettings, WorkerSettings
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
from shared.ports.mails import Mails
from shared.ports.media_urls import MediaUrls
from shared.ports.mending import Mending
from shared.ports.moderation import Moderation, Reports
from shared.ports.object_store import ObjectStore
from shared.ports.operations import Operations
from shared.ports.operator_acts import OperatorActs
from shared.ports.own_account import OwnAccount
from shared.ports.passkeys import Passkeys
from shared.ports.receipts import Receipts
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


@dataclass(frozen=True)
class WebParts:
    """What the web tier works with: it reads records, and writes only what people change."""

    settings: WebSettings
    store: ObjectStore
    media: MediaUrls
    queue: WorkQueue
    dead_letters: DeadLetters
    uploads: Uploads
    upload_search: UploadSearch
    images: ImageCatalogue
    editing: Editing
    taking_back: TakingBack
    mending: Mending
    usages: Usages
    operations: Operations
    operator_acts: OperatorActs
    samples: Samples
    checks: Checks
    findings: Findings
    receiving: Receiving
    reingest: Reingest
    failed_uploads: FailedUploads
    recovery: Recovery
    accounts: Accounts
    sessions: Sessions
    own_account: OwnAccount
    second_step: SecondStep
    passkeys: Passkeys
    account_records: AccountRecords
    session_records: SessionRecords
    limits: Limits
    closing: Closing
    downloads: Downloads
    shares: Shares
    albums: Albums
    fingerprints: Fingerprints
    held: Held
    asks: Asks
    reports: Reports
    moderation: Moderation
    receipts: Receipts | None
    mails: Mails | None


@dataclass(frozen=True)
class WorkerParts:
    """What the worker tier works with."""

    settings: WorkerSettings
    store: ObjectStore
    queue: WorkQueue
    dead_letters: DeadLetters
    uploads: Uploads
    upload_search: UploadSearch
    images: ImageCatalogue
    attempts: Attempts
    recovery: Recovery
    failed_uploads: FailedUploads
    erasing: Erasing
    held: Held
    downloads: Downloads
    closing: Closing
    account_removal: AccountRemoval
    moderation: Moderation
    operations: Operations
    operator_acts: OperatorActs
    samples: Samples
    checks: Checks
    findings: Findings
    inventory: Inventory
    receiving: Receiving
    reingest: Reingest


@dataclass(frozen=True)
class HeartbeatParts:
    """What a worker's heartbeat works with."""

    operations: Operations
    receiving: Receiving
