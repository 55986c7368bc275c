"""Bucket, queues, user pool, sender of mails, and accounts of operator, moderator and watcher, as the portal expects
them. Running it again changes nothing."""

from local.cloud.bucket import BUCKET, provision_bucket
from local.cloud.clients import Clients
from local.cloud.queues import provision_queues
from local.cloud.sender import provision_sender
from local.cloud.user_pool import MODERATOR, OPERATOR, WATCHER, provision_staff, provision_user_pool


def provision(
    clients: Clients, endpoint: str, operator_password: str, moderator_password: str, watcher_password: str
) -> dict[str, str]:
    """Make what is missing, mend what differs; returns the settings that name it all, for the product."""
    provision_bucket(clients.s3)
    queue_url, dlq_url = provision_queues(clients.sqs, endpoint)
    pool_id, client_id = provision_user_pool(clients.cognito)
    provision_staff(clients.cognito, pool_id, OPERATOR, operator_password)
    provision_staff(clients.cognito, pool_id, MODERATOR, moderator_password)
    provision_staff(clients.cognito, pool_id, WATCHER, watcher_password)
    return {
        "S3_BUCKET": BUCKET,
        "SQS_QUEUE_URL": queue_url,
        "SQS_DLQ_URL": dlq_url,
        "COGNITO_USER_POOL_ID": pool_id,
        "COGNITO_CLIENT_ID": client_id,
        "MAIL_FROM": provision_sender(clients.make("sesv2")),
        "OPERATOR_USERNAME": OPERATOR.username,
        "OPERATOR_PASSWORD": operator_password,
        "MODERATOR_USERNAME": MODERATOR.username,
        "MODERATOR_PASSWORD": moderator_password,
        "WATCHER_USERNAME": WATCHER.username,
        "WATCHER_PASSWORD": watcher_password,
    }
