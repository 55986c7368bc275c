"""The bucket, as deploy/cloudformation/data.yaml makes it on AWS."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "image-portal"
LIFECYCLE = [
    # Nothing in staging expires: worker and sweep clear what is over, and the rest is somebody's upload.
    ("expire-idempotency", "idempotency/", {"Expiration": {"Days": 2}}),
    ("expire-refused", "refused/", {"Expiration": {"Days": 30}}),
    ("expire-quarantine", "quarantine/", {"Expiration": {"Days": 30}}),
    ("abort-multipart", "", {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}),
]


def provision_bucket(s3: "S3Client") -> None:
    """A private bucket with its lifecycle rules."""
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    s3.put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    rules: list[Any] = [
        {"ID": name, "Status": "Enabled", "Filter": {"Prefix": prefix}, **action}
        for name, prefix, action in LIFECYCLE
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
