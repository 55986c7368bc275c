"""The composition root: the one place where ports meet adapters."""

from typing import TYPE_CHECKING

import boto3

from shared.adapters.cloudfront_media import CloudFrontMediaUrls
from shared.adapters.cognito import CognitoIdentity, cognito_client
from shared.adapters.cognito_own_account import CognitoOwnAccount
from shared.adapters.cognito_passkeys import CognitoPasskeys
from shared.adapters.cognito_removal import CognitoRemoval
from shared.adapters.cognito_second_step import CognitoSecondStep
from shared.adapters.database_secret import DatabaseSecret
from shared.adapters.jws_receipts import JwsReceipts
from shared.adapters.measured import measure_aws
from shared.adapters.mysql import FOR_PEOPLE, FOR_WORK, Database, Patience
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
from shared.adapters.mysql_fingerprints import MySqlFingerprints
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
from shared.adapters.s3 import S3ObjectStore, s3_client
from shared.adapters.s3_media import S3MediaUrls
from shared.adapters.ses_mails import SesMails
from shared.adapters.sqs import SqsWorkQueue
from shared.adapters.sqs_dead_letters import SqsDeadLetters
from shared.config import Settings, WebSettings, WorkerSettings
from shared.parts import HeartbeatParts, WebParts, WorkerParts
from shared.ports.media_urls import MediaUrls

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def work_queue(settings: Settings) -> SqsWorkQueue:
    """The queue alone, with a connection of its own."""
    return SqsWorkQueue(
        region=settings.aws_region, queue_url=settings.sqs_queue_url, dead_letter_url=settings.sqs_dlq_url
    )


def _database(settings: Settings, session: boto3.Session, patience: Patience, pool_size: int) -> Database:
    arn = settings.database_secret_arn
    secret = DatabaseSecret(session, settings.aws_region, arn) if arn else None
    return Database(settings.database_url.get_secret_value(), patience, pool_size=pool_size, secret=secret)


def _media(settings: WebSettings, session: boto3.Session, s3: "S3Client") -> MediaUrls:
    base_url, key_id, key = settings.media_base_url, settings.media_key_pair_id, settings.media_private_key
    if base_url and key_id and key:
        return CloudFrontMediaUrls(base_url, key_id, key.get_secret_value())
    return S3MediaUrls(s3, session, settings.s3_bucket)


def _session() -> boto3.Session:
    session = boto3.Session()
    measure_aws(session.events)
    return session


def web_parts(settings: WebSettings) -> WebParts:
    """Wire the web tier. Opens no connection yet: a start must not need every part of the world at once."""
    session = _session()
    s3 = s3_client(session, settings.aws_region)
    database = _database(settings, session, FOR_PEOPLE, 8)
    cognito = cognito_client(session, settings.aws_region)
    queue = work_queue(settings)
    identity = CognitoIdentity(cognito, settings.cognito_user_pool_id, settings.cognito_client_id)
    return WebParts(
        settings=settings,
        store=S3ObjectStore(s3, settings.s3_bucket),
        media=_media(settings, session, s3),
        queue=queue,
        dead_letters=SqsDeadLetters(queue.client, settings.sqs_dlq_url),
        uploads=MySqlUploads(database),
        upload_search=MySqlUploadSearch(database),
        images=MySqlImages(database),
        editing=MySqlEditing(database),
        taking_back=MySqlTakingBack(database),
        mending=MySqlMending(database),
        usages=MySqlUsages(database),
        operations=MySqlOperations(database),
        operator_acts=MySqlOperatorActs(database),
        samples=MySqlSamples(database),
        checks=MySqlChecks(database),
        findings=MySqlFindings(database),
        receiving=MySqlReceiving(database),
        reingest=MySqlReingest(database),
        failed_uploads=MySqlFailedUploads(database),
        recovery=MySqlIngestLog(database),
        accounts=identity,
        sessions=identity,
        own_account=CognitoOwnAccount(cognito),
        second_step=CognitoSecondStep(cognito),
        passkeys=CognitoPasskeys(cognito, settings.cognito_client_id),
        account_records=MySqlAccountRecords(database),
        session_records=MySqlSessionRecords(database),
        limits=MySqlLimits(database),
        closing=MySqlClosing(database),
        downloads=MySqlDownloads(database),
        shares=MySqlShares(database),
        albums=MySqlAlbums(database),
        fingerprints=MySqlFingerprints(database),
        held=MySqlHeld(database),
        asks=MySqlAsks(database),
        reports=MySqlReports(database),
        moderation=MySqlModeration(database),
        receipts=JwsReceipts(key.get_secret_value()) if (key := settings.receipt_private_key) else None,
        mails=SesMails(session, settings.aws_region, sender) if (sender := settings.mail_from) else None,
    )


def worker_parts(settings: WorkerSettings) -> WorkerParts:
    """Wire the worker tier. Opens no connection yet: processes are forked from the one that wires it."""
    session = _session()
    database = _database(settings, session, FOR_WORK, 2)
    queue, ingest_log = work_queue(settings), MySqlIngestLog(database)
    return WorkerParts(
        settings=settings,
        store=S3ObjectStore(s3_client(session, settings.aws_region), settings.s3_bucket),
        queue=queue,
        dead_letters=SqsDeadLetters(queue.client, settings.sqs_dlq_url),
        uploads=MySqlUploads(database),
        upload_search=MySqlUploadSearch(database),
        images=MySqlImages(database),
        attempts=ingest_log,
        recovery=ingest_log,
        failed_uploads=MySqlFailedUploads(database),
        erasing=MySqlErasing(database),
        held=MySqlHeld(database),
        downloads=MySqlDownloads(database),
        closing=MySqlClosing(database),
        account_removal=CognitoRemoval(
            cognito_client(session, settings.aws_region), settings.cognito_user_pool_id
        ),
        moderation=MySqlModeration(database),
        operations=MySqlOperations(database),
        operator_acts=MySqlOperatorActs(database),
        samples=MySqlSamples(database),
        checks=MySqlChecks(database),
        findings=MySqlFindings(database),
        inventory=MySqlInventory(database),
        receiving=MySqlReceiving(database),
        reingest=MySqlReingest(database),
    )


def heartbeat_parts(settings: WorkerSettings) -> HeartbeatParts:
    """For a worker's heartbeat, whose thread runs while the main one forks. Its calls are not counted: a child that is
    forked while it holds a counter's lock would wait for that for ever."""
    url, arn = settings.database_url.get_secret_value(), settings.database_secret_arn
    secret = DatabaseSecret(boto3.Session(), settings.aws_region, arn) if arn else None
    database = Database(url, FOR_WORK, pool_size=1, secret=secret, counted=False)
    return HeartbeatParts(MySqlOperations(database), MySqlReceiving(database))
