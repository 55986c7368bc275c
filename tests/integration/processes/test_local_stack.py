"""The infrastructure of `make run`, started for real: database, mailbox, local cloud, provisioning."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pymysql
import pytest
import requests
from botocore.exceptions import ClientError

from local.cloud.clients import Clients
from local.drive.processes import LOOPBACK, listening
from local.drive.waiting import wait_until
from local.files import read_env
from local.process.ports import free_port
from local.process.process import Process
from local.stack import Stack

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="module")
def clients(stack: Stack) -> Clients:
    return _clients(stack.env)


def _clients(env: dict[str, str]) -> Clients:
    return Clients.of(env)


def _sign_up(clients: Clients, env: dict[str, str], name: str) -> None:
    clients.cognito.sign_up(
        ClientId=env["COGNITO_CLIENT_ID"],
        Username=name,
        Password="long-enough-1",
        UserAttributes=[{"Name": "email", "Value": f"{name}@example.org"}],
    )


def _eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    wait_until(condition, seconds, "the condition comes about")


def _kill(stack: Stack, name: str) -> Process:
    process = next(p for p in stack.processes if p.program.name == name)
    os.kill(process.pid, signal.SIGKILL)
    _eventually(lambda: process.code is not None)
    process.restart()
    return process


def test_the_environment_file_holds_what_the_stack_uses(stack: Stack) -> None:
    assert read_env(stack.directory / "env") == stack.env
    assert (stack.directory / "env").stat().st_mode & 0o777 == 0o600


def test_the_account_reaches_its_database_and_no_other_account_is_open(stack: Stack) -> None:
    url = urlsplit(stack.env["MIGRATIONS_DATABASE_URL"])
    assert url.hostname
    assert url.port
    with pymysql.connect(
        host=url.hostname, port=url.port, user=url.username, password=url.password or "", database="portal"
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT @@character_set_database, @@time_zone")
        assert cursor.fetchone() == ("utf8mb4", "+00:00")
        cursor.execute("CREATE DATABASE portal_other")
    for user in ("root", "", "portal", "tiers"):
        with pytest.raises(pymysql.err.OperationalError, match="1045"):
            pymysql.connect(host=url.hostname, port=url.port, user=user, password="")


def test_queue_and_bucket_are_as_the_design_says(stack: Stack, clients: Clients) -> None:
    queue = clients.sqs.get_queue_attributes(QueueUrl=stack.env["SQS_QUEUE_URL"], AttributeNames=["All"])
    dlq = clients.sqs.get_queue_attributes(QueueUrl=stack.env["SQS_DLQ_URL"], AttributeNames=["All"])
    assert queue["Attributes"]["VisibilityTimeout"] == "60"
    assert json.loads(queue["Attributes"]["RedrivePolicy"])["maxReceiveCount"] == 5
    assert int(dlq["Attributes"]["MessageRetentionPeriod"]) > int(
        queue["Attributes"]["MessageRetentionPeriod"]
    )
    rules = clients.s3.get_bucket_lifecycle_configuration(Bucket=stack.env["S3_BUCKET"])["Rules"]
    assert {(r["Filter"]["Prefix"], r.get("Expiration", {}).get("Days")) for r in rules} == {
        ("idempotency/", 2),
        ("refused/", 30),
        ("quarantine/", 30),
        ("", None),
    }


def test_a_wrong_signature_and_a_changed_link_are_refused(stack: Stack, clients: Clients) -> None:
    impostor = Clients(stack.env["AWS_ENDPOINT_URL"], stack.env["AWS_ACCESS_KEY_ID"], "wrong")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        impostor.sqs.list_queues()
    clients.s3.put_object(Bucket=stack.env["S3_BUCKET"], Key="k", Body=b"x")
    link = clients.s3.generate_presigned_url(
        "get_object", Params={"Bucket": stack.env["S3_BUCKET"], "Key": "k"}
    )
    status = [
        requests.get(url, timeout=5).status_code for url in (link, link[:-3] + "000", link.split("?")[0])
    ]
    assert status == [200, 403, 403]


@pytest.mark.parametrize("who", ["operator", "moderator"])
def test_operator_and_moderator_can_log_in(stack: Stack, clients: Clients, who: str) -> None:
    name, password = stack.env[f"{who.upper()}_USERNAME"], stack.env[f"{who.upper()}_PASSWORD"]
    answer = clients.cognito.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=stack.env["COGNITO_CLIENT_ID"],
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    assert answer["AuthenticationResult"]["ExpiresIn"] == 1800
    groups = clients.cognito.admin_list_groups_for_user(
        UserPoolId=stack.env["COGNITO_USER_POOL_ID"], Username=name
    )
    assert [group["GroupName"] for group in groups["Groups"]] == [f"{who}s"]


def test_the_code_of_a_new_account_arrives_in_the_mailbox(stack: Stack, clients: Clients) -> None:
    _sign_up(clients, stack.env, "ana+1")
    api = f"{stack.mail_url}api/messages?to={quote('ana+1@example.org')}"
    _eventually(lambda: bool(requests.get(api, timeout=5).json()))
    [mail] = requests.get(api, timeout=5).json()
    code = re.search(r"\d{6}", mail["text"])
    assert code
    clients.cognito.confirm_sign_up(
        ClientId=stack.env["COGNITO_CLIENT_ID"], Username="ana+1", ConfirmationCode=code[0]
    )


def test_nothing_listens_beyond_this_machine(stack: Stack) -> None:
    addresses = listening(process.pid for process in stack.processes)
    assert len(addresses) == 4  # database, cloud, SMTP, page
    assert {address for address, _ in addresses} == {LOOPBACK}


def test_accounts_messages_and_the_sender_outlive_a_kill_of_the_cloud(stack: Stack, clients: Clients) -> None:
    _sign_up(clients, stack.env, "before-kill")
    clients.sqs.send_message(QueueUrl=stack.env["SQS_QUEUE_URL"], MessageBody="kept")
    state = stack.directory / "cloud" / "state" / "sqs.json"
    _eventually(lambda: "kept" in state.read_text())
    _kill(stack, "cloud")
    _eventually(stack.cloud.answers)
    user = clients.cognito.admin_get_user(
        UserPoolId=stack.env["COGNITO_USER_POOL_ID"], Username="before-kill"
    )
    assert user["UserStatus"] == "UNCONFIRMED"
    received = clients.sqs.receive_message(QueueUrl=stack.env["SQS_QUEUE_URL"], WaitTimeSeconds=1)
    assert [message["Body"] for message in received["Messages"]] == ["kept"]
    sender = clients.make("sesv2").get_email_identity(EmailIdentity=stack.env["MAIL_FROM"])
    assert sender["VerifiedForSendingStatus"]


def test_the_database_comes_back_after_a_kill(stack: Stack) -> None:
    _kill(stack, "database")
    _eventually(stack.database.answers, seconds=20)


def test_a_restart_keeps_addresses_and_accounts_and_moves_when_a_port_is_taken(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        first = dict(stack.env)
        _sign_up(_clients(first), first, "ana")
    with Stack(tmp_path) as stack:
        assert stack.env == first
    cloud_port = urlsplit(first["AWS_ENDPOINT_URL"]).port
    assert cloud_port
    with Stack(tmp_path, avoid_ports=(cloud_port,)) as stack:
        moved = stack.env
        assert urlsplit(moved["AWS_ENDPOINT_URL"]).port != cloud_port
        assert moved["COGNITO_USER_POOL_ID"] == first["COGNITO_USER_POOL_ID"]
        clients = _clients(moved)
        clients.sqs.send_message(QueueUrl=moved["SQS_QUEUE_URL"], MessageBody="x")
        clients.cognito.admin_get_user(UserPoolId=moved["COGNITO_USER_POOL_ID"], Username="ana")


def test_a_taken_port_stops_the_start_and_leaves_nothing(tmp_path: Path, stack: Stack) -> None:
    env = {
        **os.environ,
        "PORT": str(stack.mail_port),
        "MAIL_PORT": str(free_port()),
        "LOCAL_DIR": str(tmp_path),
    }
    env.pop("MAKELEVEL", None)
    result = subprocess.run(
        [sys.executable, "-m", "local.run"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert result.returncode == 1
    assert f"Port {stack.mail_port} is taken" in result.stderr
    assert {entry.name for entry in tmp_path.iterdir()} == {"lock"}


def test_a_stop_in_the_middle_of_the_start_leaves_nothing_running(tmp_path: Path) -> None:
    env = {**os.environ, "PORT": str(free_port()), "MAIL_PORT": str(free_port()), "LOCAL_DIR": str(tmp_path)}
    env.pop("MAKELEVEL", None)
    with subprocess.Popen(
        [sys.executable, "-m", "local.run"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    ) as launcher:
        assert launcher.stdout
        launcher.stdout.readline()  # the database runs
        recorded = (tmp_path / "run" / "database.pid").read_text().split()[0]
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(20) == 128 + signal.SIGTERM
    assert not Path(f"/proc/{recorded}").exists()
    assert not list((tmp_path / "run").iterdir())
