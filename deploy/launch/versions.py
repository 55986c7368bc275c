"""The bundles of a stage: cut from this commit, uploaded to where Beanstalk finds them."""

from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from deploy.bundle import Refused as BundleRefused
from deploy.bundle import bundle, version_label, write_zip
from deploy.launch.account import Account
from deploy.launch.stage import Refused, Stage

ROOT = Path(__file__).resolve().parents[2]
TIERS = {"web": "WebVersion", "worker": "WorkerVersion"}


@dataclass(frozen=True)
class Cut:
    """One tier's bundle on this machine."""

    tier: str
    label: str
    file: Path


def cut(stage: Stage, *, release: bool, out: Path = ROOT / "build", root: Path = ROOT) -> list[Cut]:
    """Both bundles. Raises Refused with every fault; a `release` is cut from a clean tree alone."""
    made = []
    try:
        for tier in TIERS:
            label = version_label(root, tier, stage.variant, release=release)
            write_zip(out / f"{tier}.zip", bundle(root, tier, stage.variant))
            made.append(Cut(tier, label, out / f"{tier}.zip"))
    except BundleRefused as error:
        raise Refused(str(error)) from error
    return made


def upload(account: Account, cuts: list[Cut]) -> dict[str, str]:
    """Put them into Beanstalk's bucket, unless they are there; returns parameters of environments.yaml."""
    bucket = account.client("elasticbeanstalk").create_storage_location()["S3Bucket"]
    s3 = account.client("s3")
    for made in cuts:
        key = f"image-portal/{made.label}.zip"
        data = made.file.read_bytes()
        try:
            there = s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(data)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "NotFound"):
                raise
            there = False
        if not there:
            s3.put_object(Bucket=bucket, Key=key, Body=data, ContentType="application/zip")
    return {"BundleBucket": bucket} | {TIERS[made.tier]: made.label for made in cuts}
