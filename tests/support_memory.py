"""A whole portal in memory: both tiers on the fakes, with clocks that a test moves."""

import html
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PIL import Image
from werkzeug.test import TestResponse

from shared.adapters.jws_receipts import JwsReceipts
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
from shared.adapters.memory.fingerprints import MemoryFingerprints
from shared.adapters.memory.held import MemoryHeld
from shared.adapters.memory.identity import MemoryIdentity
from shared.adapters.memory.images import MemoryImages
from shared.adapters.memory.ingest_log import MemoryIngestLog
from shared.adapters.memory.inventory import MemoryInventory
from shared.adapters.memory.limits import MemoryLimits
from shared.adapters.memory.mails import MemoryMails
from shared.adapters.memory.media_urls import MemoryMediaUrls
from shared.adapters.memory.mending import MemoryMending
from shared.adapters.memory.moderation import MemoryModeration
from shared.adapters.memory.object_store import MemoryObjectStore
from shared.adapters.memory.operations import MemoryOperations
from shared.adapters.memory.operator_acts import MemoryOperatorActs
from shared.adapters.memory.receiving import MemoryReceiving
from shared.adapters.memory.reingest import MemoryReingest
from shared.adapters.memory.reports import MemoryReports
from shared.adapters.memory.samples import MemorySamples
from shared.adapters.memory.session_records import MemorySessionRecords
from shared.adapters.memory.shares import MemoryShares
from shared.adapters.memory.taking_back import MemoryTakingBack
from shared.adapters.memory.upload_search import MemoryUploadSearch
from shared.adapters.memory.uploads import MemoryUploads
from shared.adapters.memory.usages import MemoryUsages
from shared.adapters.memory.work_queue import Delivery, MemoryWorkQueue
from shared.config import WebSettings, WorkerSettings, load
from shared.domain.uploads import Attempt
from shared.parts import WebParts, WorkerParts
from tests.support_app import app_over
from tests.support_tripwire import Fuse
from web.http.csrf import FIELD
from worker.imaging import Limits
from worker.message import handle
from worker.sweep.heal import heal
from worker.sweep.sweep import SweepReport

RECEIPT_KEY = (
    Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
)
PASSWORD = "Correct-horse-1"
SETTINGS = {
    "AWS_REGION": "eu-west-1",
    "S3_BUCKET": "a-bucket",
    "SQS_QUEUE_URL": "https://sqs.example/1/q",
    "SQS_DLQ_URL": "https://sqs.example/1/d",
    "DATABASE_URL": "mysql+pymysql://u:p@database.example/portal",
    "COGNITO_USER_POOL_ID": "eu-west-1_Ab1",
    "COGNITO_CLIENT_ID": "abc123",
    "SESSION_SECRET": "x" * 40,
    "COOKIE_SECURE": "false",
}


class World:
    """S3, SQS, MySQL and Cognito as they would be, one clock for all of them, and the two tiers' parts on them."""

    def __init__(self, **settings: str) -> None:
        """`settings`: what the environment says beside the least that it must."""
        self.clock = HandClock()
        self.store = MemoryObjectStore(self.clock, versioned=True)
        self.queue = MemoryWorkQueue(self.clock)
        self.dead_letters = MemoryDeadLetters(self.queue, self.clock)
        self.database = MemoryDatabase(self.clock)
        self.identity = MemoryIdentity(self.clock)
        self.mails = MemoryMails()
        uploads, images = MemoryUploads(self.database), MemoryImages(self.database)
        operations, log = MemoryOperations(self.database), MemoryIngestLog(self.database)
        operator_acts = MemoryOperatorActs(self.database)
        samples = MemorySamples(self.database)
        checks, findings = MemoryChecks(self.database), MemoryFindings(self.database)
        receiving = MemoryReceiving(self.database)
        self.web = WebParts(
            settings=load(WebSettings, SETTINGS | settings),
            store=self.store,
            media=MemoryMediaUrls(),
            queue=self.queue,
            dead_letters=self.dead_letters,
            uploads=uploads,
            upload_search=MemoryUploadSearch(self.database),
            images=images,
            editing=MemoryEditing(self.database),
            taking_back=MemoryTakingBack(self.database),
            mending=MemoryMending(self.database),
            usages=MemoryUsages(self.database),
            operations=operations,
            operator_acts=operator_acts,
            samples=samples,
            checks=checks,
            findings=findings,
            receiving=receiving,
            reingest=MemoryReingest(self.database),
            failed_uploads=MemoryFailedUploads(self.database),
            recovery=log,
            accounts=self.identity,
            sessions=self.identity,
            own_account=self.identity,
            second_step=self.identity.second_step,
            passkeys=self.identity.passkeys,
            account_records=MemoryAccountRecords(self.database),
            session_records=MemorySessionRecords(self.database),
            limits=MemoryLimits(self.database),
            closing=MemoryClosing(self.database),
            downloads=MemoryDownloads(self.database),
            shares=MemoryShares(self.database),
            albums=MemoryAlbums(self.database),
            fingerprints=MemoryFingerprints(self.database),
            held=MemoryHeld(self.database),
            asks=MemoryAsks(self.database),
            reports=MemoryReports(self.database),
            moderation=MemoryModeration(self.database),
            receipts=JwsReceipts(RECEIPT_KEY),
            mails=self.mails,
        )
        self.worker = WorkerParts(
            settings=load(WorkerSettings, SETTINGS | settings),
            store=self.store,
            queue=self.queue,
            dead_letters=self.dead_letters,
            uploads=uploads,
            upload_search=MemoryUploadSearch(self.database),
            images=images,
            attempts=log,
            recovery=log,
            failed_uploads=MemoryFailedUploads(self.database),
            erasing=MemoryErasing(self.database),
            held=MemoryHeld(self.database),
            downloads=MemoryDownloads(self.database),
            closing=MemoryClosing(self.database),
            account_removal=self.identity,
            moderation=MemoryModeration(self.database),
            operations=operations,
            operator_acts=operator_acts,
            samples=samples,
            checks=checks,
            findings=findings,
            inventory=MemoryInventory(self.database),
            receiving=receiving,
            reingest=MemoryReingest(self.database),
        )
        self.app = app_over(self.web)

    def work_on(self, delivery: Delivery, fuse: Fuse | None = None) -> str:
        """One attempt, as the worker's task makes it; acknowledged when it ends well. A `fuse` may cut it off."""
        parts = fuse.wire_all(self.worker) if fuse else self.worker
        attempt = Attempt(delivery.receive_count, "w", datetime.now(UTC))
        state = handle(delivery.owner, delivery.upload_id, attempt, parts, Limits())
        self.queue.delete(delivery)
        return state

    def work(self) -> list[str]:
        """Work on whatever is visible; returns each upload's end state."""
        states = []
        while delivery := self.queue.receive():
            states.append(self.work_on(delivery))
        return states

    def sweep(self, after: timedelta = timedelta()) -> SweepReport:
        """One sweep, after some time."""
        self.clock.advance(after)
        return heal(self.worker)

    def owner_of(self, username: str) -> UUID:
        """A person's id."""
        return self.identity.verify(self.identity.log_in(username, PASSWORD).access).owner

    def uploads_owner(self, upload_id: str) -> UUID:
        """Whose it is."""
        upload = self.web.uploads.find(UUID(upload_id))
        assert upload is not None
        return upload.owner

    def sign_up(self, username: str = "ann") -> "Browser":
        """A new person's browser, logged in; without a page that is drawn for it, which is most of many a test."""
        browser = Browser(self)
        asked = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
        assert browser.client.post("/api/v1/signup", json=asked).status_code == 201
        code = {"username": username, "code": self.identity.outbox[-1].code}
        assert browser.client.post("/api/v1/confirm", json=code).status_code == 204
        return self.log_in(username, browser)

    def log_in(self, username: str, browser: "Browser | None" = None) -> "Browser":
        """A person's browser, another one unless it is given."""
        browser = browser or Browser(self)
        with browser.client.session_transaction() as session:
            session[FIELD] = "as a page has it"
        form = {FIELD: session[FIELD], "username": username, "password": PASSWORD}
        answer = browser.client.post("/login", data=form)
        assert answer.status_code == 303, answer.text
        return browser

    def token(self, username: str = "ann") -> dict[str, str]:
        """What the API wants of a person who has signed up."""
        return {"Authorization": f"Bearer {self.identity.log_in(username, PASSWORD).access}"}


def portal_of_an_operator() -> World:
    """A portal whose operator is ann."""
    made = World()
    made.sign_up("ann")
    made.identity.add_to_group("ann", "operators")
    return made


class Browser:
    """Cookies, forms and tokens, as a browser without JavaScript does them."""

    def __init__(self, world: World) -> None:
        self.client = world.app.test_client()

    def get(self, path: str) -> str:
        """A page that must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text

    def submit(self, page: str, action: str, **fields: Any) -> TestResponse:
        """Fill in the form of a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert found, "the page has a form token"
        return self.client.post(action, data={"csrf_token": html.unescape(found[1])} | fields)


def file(data: bytes, name: str = "boat.jpg") -> tuple[io.BytesIO, str]:
    """A file for a form."""
    return io.BytesIO(data), name


def small_photo() -> bytes:
    """A small JPEG; each another one."""
    out = io.BytesIO()
    Image.effect_noise((64, 48), 80).convert("RGB").save(out, "JPEG")
    return out.getvalue()
