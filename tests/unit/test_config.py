"""Configuration: refused as a whole, with every fault, and without a secret in sight."""

import pytest

from shared.config import ConfigurationError, WebSettings, WorkerSettings, load

GOOD = {
    "AWS_REGION": "eu-west-1",
    "S3_BUCKET": "a-bucket",
    "SQS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/q",
    "SQS_DLQ_URL": "https://sqs.eu-west-1.amazonaws.com/1/d",
    "DATABASE_URL": "mysql+pymysql://u:hunter2@h/db",
    "COGNITO_USER_POOL_ID": "eu-west-1_Ab1",
    "COGNITO_CLIENT_ID": "abc123",
    "SESSION_SECRET": "s3cret-" + "x" * 32,
}


def test_a_good_environment_is_typed() -> None:
    settings = load(WebSettings, GOOD | {"MAX_UPLOAD_BYTES": "1000", "COOKIE_SECURE": "false"})
    assert settings.max_upload_bytes == 1000
    assert settings.cookie_secure is False
    assert load(WorkerSettings, GOOD).sweep_seconds == 60


def test_every_fault_is_told_at_once() -> None:
    bad = {"AWS_REGION": "nowhere", "SESSION_SECRET": "short", "MAX_UPLOAD_BYTES": "many", "S3_BUCKET": ""}
    with pytest.raises(ConfigurationError) as caught:
        load(WebSettings, bad)
    named = {fault.split()[0].rstrip(":") for fault in caught.value.faults}
    assert named == {
        "AWS_REGION",
        "S3_BUCKET",
        "SQS_QUEUE_URL",
        "SQS_DLQ_URL",
        "DATABASE_URL",
        "MAX_UPLOAD_BYTES",
        "COGNITO_USER_POOL_ID",
        "COGNITO_CLIENT_ID",
        "SESSION_SECRET",
    }


def test_no_secret_appears_in_a_message_or_repr() -> None:
    settings = load(WebSettings, GOOD)
    assert "hunter2" not in repr(settings)
    assert "s3cret" not in f"{settings}"
    with pytest.raises(ConfigurationError) as caught:
        load(WebSettings, GOOD | {"DATABASE_URL": "postgres://u:hunter2@h/db", "SESSION_SECRET": "s3cret"})
    assert "hunter2" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
