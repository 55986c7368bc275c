"""The key with which the portal signs its calls to the local cloud.

The stand-in checks no signature of its root key, only those of keys that belong to an IAM user: so the portal gets
a user of its own, whose policy names the four services it uses.
"""

import json
import os
from pathlib import Path

from botocore.exceptions import ClientError

from local.cloud.clients import REGION, Clients
from local.files import write_private

USER = "image-portal"
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "sqs:*", "cognito-idp:*", "ses:*"], "Resource": "*"}
    ],
}


def client_env(directory: Path, endpoint: str) -> dict[str, str]:
    """What any AWS client needs to use this cloud and look at nothing else; makes the key on first use."""
    key = _working_key(directory / "aws-key.json", endpoint)
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": key["id"],
        "AWS_SECRET_ACCESS_KEY": key["secret"],
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _working_key(file: Path, endpoint: str) -> dict[str, str]:
    try:
        key: dict[str, str] = json.loads(file.read_text())
        Clients(endpoint, key["id"], key["secret"]).sqs.list_queues()
    except (FileNotFoundError, ValueError, KeyError, ClientError):
        key = _new_key(endpoint)
        write_private(file, json.dumps(key) + "\n")
    return key


def _new_key(endpoint: str) -> dict[str, str]:
    iam = Clients(endpoint, "test", "test").make("iam")
    try:
        iam.create_user(UserName=USER)
    except iam.exceptions.EntityAlreadyExistsException:
        for old in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=USER, AccessKeyId=old["AccessKeyId"])
    iam.put_user_policy(UserName=USER, PolicyName="portal", PolicyDocument=json.dumps(_POLICY))
    made = iam.create_access_key(UserName=USER)["AccessKey"]
    return {"id": made["AccessKeyId"], "secret": made["SecretAccessKey"]}
