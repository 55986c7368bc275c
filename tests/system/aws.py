"""Any AWS client, given nothing but LOCAL_DIR/env."""

from typing import Any

import boto3

from local.drive.portal import Portal


def aws(portal: Portal, service: str) -> Any:
    """A boto3 client on the portal's stack."""
    env = portal.env()
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs know literal names alone
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
