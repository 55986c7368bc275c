"""The product's adapters on a real database, and time that passes in it when a test says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Engine, create_engine, text

from shared.adapters.mysql import FOR_WORK, Database
from shared.adapters.mysql_account_records import MySqlAccountRecords
from shared.adapters.mysql_albums import MySqlAlbums
from shared.adapters.mysql_asks import MySqlAsks
from shared.adapters.mysql_checks import MySqlChecks
from shared.adapters.mysql_closing import MySqlClosing
from shared.adapters.mysql_downloads import MySqlDownloads
from shared.adapters.mysql_editing import MySqlEditing
from shared.adapters.mysql_erasing import MySqlErasing
from shared.adapters.mysql_failed_uploads import MySqlFailedUploads
from shared.adapters.mysql_findings import MySqlFindings
from shared.adapters.mysql_fingerprints import MySqlFingerprints, bar
from shared.adapters.mysql_held import MySqlHeld
from shared.adapters.mysql_images import MySqlImages
from shared.adapters.mysql_ingest_log import MySqlIngestLog
from shared.adapters.mysql_inventory import MySqlInventory
from shared.adapters.mysql_limits import MySqlLimits
from shared.adapters.mysql_mending import MySqlMending
from shared.adapters.mysql_moderation import MySqlModeration
from shared.adapters.mysql_operations import MySqlOperations
from shared.adapters.mysql_operator_acts import MySqlOperatorActs
from shared.adapters.mysql_receiving import MySqlReceiving
from shared.adapters.mysql_reingest import MySqlReingest
from shared.adapters.mysql_reports import MySqlReports
from shared.adapters.mysql_samples import MySqlSamples
from shared.adapters.mysql_session_records import MySqlSessionRecords
from shared.adapters.mysql_shares import MySqlShares
from shared.adapters.mysql_taking_back import MySqlTakingBack
from shared.adapters.mysql_upload_search import MySqlUploadSearch
from shared.adapters.mysql_uploads import MySqlUploads
from shared.adapters.mysql_usages import MySqlUsages
from tests.contract.sides import Records

TABLES = (
    "image_terms",
    "terms",
    "images",
    "licence_history",
    "events",
    "uploads",
    "workers",
    "accounts",
    "owner_locks",
    "downloads",
    "shares",
    "albums",
    "album_images",
    "fingerprint_bands",
    "barred",
    "asks",
    "reports",
    "moderation_answers",
    "moderation_acts",
    "operator_acts",
    "checks",
    "findings",
    "repairs",
    "operator_outcomes",
    "samples",
    "sampled_owners",
    "receiving",
    "worker_runs",
    "reingest_runs",
    "reingest_images",
    "given_up_objects",
)


def pass_time(engine: Engine, by: timedelta) -> None:
    """Let the records be older than they are, by the database's clock."""
    with engine.begin() as c:
        c.execute(
            text("""UPDATE uploads SET changed_at = changed_at - INTERVAL :s SECOND,
                                       taken_back_at = taken_back_at - INTERVAL :s SECOND,
                                       rendering_at = rendering_at - INTERVAL :s SECOND,
                                       erasable_at = erasable_at - INTERVAL :s SECOND"""),
            {"s": int(by.total_seconds())},
        )
        for statement in (
            "UPDATE reingest_images SET sent_at = sent_at - INTERVAL :s SECOND",
            "UPDATE given_up_objects SET at = at - INTERVAL :s SECOND",
            "UPDATE workers SET last_heartbeat_at = last_heartbeat_at - INTERVAL :s SECOND",
            "UPDATE worker_runs SET at = at - INTERVAL :s SECOND",
            "UPDATE limits SET ends_at = ends_at - INTERVAL :s SECOND",
        ):
            c.execute(text(statement), {"s": int(by.total_seconds())})
        c.execute(
            text("""UPDATE shares SET expires_at = expires_at - INTERVAL :s SECOND,
                                      tried_at = tried_at - INTERVAL :s SECOND"""),
            {"s": int(by.total_seconds())},
        )
        c.execute(
            text("""UPDATE samples SET minute = minute - INTERVAL :s SECOND, at = at - INTERVAL :s SECOND
                    ORDER BY minute"""),
            {"s": int(by.total_seconds())},
        )
        for table, names in (("checks", ("begun_at", "held_until")), ("repairs", ("held_until",))):
            for name in names:
                c.execute(
                    text(f"UPDATE {table} SET {name} = {name} - INTERVAL :s SECOND"),
                    {"s": int(by.total_seconds())},
                )


@contextmanager
def real_records(url: str) -> Iterator[Records]:
    """Every port on the database behind `url`."""
    database, engine = Database(url, FOR_WORK, pool_size=2), create_engine(url)
    log = MySqlIngestLog(database)
    yield Records(
        uploads=MySqlUploads(database),
        upload_search=MySqlUploadSearch(database),
        attempts=log,
        recovery=log,
        images=MySqlImages(database),
        editing=MySqlEditing(database),
        taking_back=MySqlTakingBack(database),
        mending=MySqlMending(database),
        usages=MySqlUsages(database),
        erasing=MySqlErasing(database),
        operations=MySqlOperations(database),
        operator_acts=MySqlOperatorActs(database),
        samples=MySqlSamples(database),
        checks=MySqlChecks(database),
        findings=MySqlFindings(database),
        inventory=MySqlInventory(database),
        receiving=MySqlReceiving(database),
        reingest=MySqlReingest(database),
        account_records=MySqlAccountRecords(database),
        session_records=MySqlSessionRecords(database),
        limits=MySqlLimits(database),
        closing=MySqlClosing(database),
        downloads=MySqlDownloads(database),
        shares=MySqlShares(database),
        albums=MySqlAlbums(database),
        fingerprints=MySqlFingerprints(database),
        held=MySqlHeld(database),
        failed_uploads=MySqlFailedUploads(database),
        bar=lambda image_id, why: database.transact(lambda c: bar(c, image_id, why)),
        asks=MySqlAsks(database),
        reports=MySqlReports(database),
        moderation=MySqlModeration(database),
        pass_time=lambda by: pass_time(engine, by),
    )
    engine.dispose()
    database.close()


def empty(url: str) -> None:
    """Remove every row."""
    engine = create_engine(url)
    with engine.begin() as c:
        for table in TABLES:
            c.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
