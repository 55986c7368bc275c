"""`make deploy` against an account in this process: what it makes, what it shows, and a failure in each step."""

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from deploy.launch.stacks import Failed
from deploy.launch.stage import Refused, Stage
from deploy.launch.up import Wishes, up
from tests.unit.deploy.launch.aws import ACCOUNT, REGION, Aws, Refusal
from tests.unit.deploy.launch.conftest import STAGING, Person, written

NETWORK, DATA, ENVIRONMENTS = (f"image-portal-staging-{part}" for part in ("network", "data", "environments"))
WITH_TLS = STAGING.replace('"trial"', '""').replace('"none"', '"none"\nHostName = "photos.example.com"')
BUCKET = f"elasticbeanstalk-{REGION}-{ACCOUNT}"


def deploy(aws: Aws, stage: Stage, person: Person, **wishes: bool) -> str:
    return up(aws.account(), stage, Wishes(**wishes), person.hands)


def state(aws: Aws) -> dict[str, str]:
    return {name: s.status for name, s in aws.stacks.items() if s.status != "DELETE_COMPLETE"}


def versions(aws: Aws) -> tuple[str, str]:
    given = aws.stacks[ENVIRONMENTS].parameters
    return given["WebVersion"], given["WorkerVersion"]


# ---- As it should go ----------------------------------------------------------------------------------------------


def test_an_empty_account_becomes_a_portal_that_answers(aws: Aws, stage: Stage, person: Person) -> None:
    address = deploy(aws, stage, person)
    assert state(aws) == dict.fromkeys((NETWORK, DATA, ENVIRONMENTS), "CREATE_COMPLETE")
    assert address == f"http://{ENVIRONMENTS}-webenvironment.eu-west-1.elb.amazonaws.com"
    assert person.smoked == [(address, "")]
    assert set(aws.objects[BUCKET]) == {"image-portal/one-web.zip", "image-portal/one-worker.zip"}
    for stack in aws.stacks.values():
        assert stack.tags == {"portal": "image-portal-staging", "team": "photos"}
    assert not aws.change_sets


def test_what_a_stack_puts_out_is_what_the_next_one_gets(aws: Aws, stage: Stage, person: Person) -> None:
    deploy(aws, stage, person)
    network, data, given = (aws.stacks[n] for n in (NETWORK, DATA, ENVIRONMENTS))
    assert data.parameters["PrivateSubnetIds"] == network.outputs["PrivateSubnetIds"]
    for name in ("S3Bucket", "SqsQueueName", "DatabaseUrl", "ClientSecurityGroupId", "WorkerInstanceProfile"):
        assert given.parameters[name] == data.outputs[name]


def test_every_change_is_shown_before_it_is_asked_for(aws: Aws, stage: Stage, person: Person) -> None:
    deploy(aws, stage, person)
    [network, data, environments] = person.seen
    assert any("AWS::EC2::VPC " in line for line in person.said[:network])
    assert any("AWS::RDS::DBInstance" in line for line in person.said[network:data])
    assert any("WorkerEnvironment" in line for line in person.said[data:environments])
    assert person.asked == [f"Change {name} like this?" for name in (NETWORK, DATA, ENVIRONMENTS)]


def test_the_same_again_changes_nothing_and_still_uses_the_portal(
    aws: Aws, stage: Stage, person: Person
) -> None:
    deploy(aws, stage, person)
    before = state(aws)
    person.said.clear()
    deploy(aws, stage, person)
    assert state(aws) == before
    assert sum("nothing to change" in line for line in person.said) == 3
    assert len(person.smoked) == 2
    assert aws.calls.count("PutObject") == 2, "bundles that are there are not sent again"


def test_a_new_version_changes_the_environments_alone_under_the_eyes_of_the_alarms(
    aws: Aws, stage: Stage, person: Person
) -> None:
    deploy(aws, stage, person)
    person.label = "two"
    deploy(aws, stage, person)
    assert versions(aws) == ("two-web", "two-worker")
    assert state(aws) == {
        NETWORK: "CREATE_COMPLETE",
        DATA: "CREATE_COMPLETE",
        ENVIRONMENTS: "UPDATE_COMPLETE",
    }
    assert aws.stacks[ENVIRONMENTS].triggers == [
        f"arn:alarm:{ENVIRONMENTS}-{name}alarm" for name in ("webhealth", "workerhealth")
    ]


def test_with_a_host_name_the_portal_is_used_by_it_before_dns_knows(
    aws: Aws, tmp_path: Path, person: Person
) -> None:
    deploy(aws, written(tmp_path, WITH_TLS), person)
    balancer = f"{ENVIRONMENTS}-webenvironment.eu-west-1.elb.amazonaws.com"
    assert person.smoked == [(f"https://{balancer}", "photos.example.com")]
    assert aws.stacks[ENVIRONMENTS].parameters["PublicUrl"] == "https://photos.example.com"


def test_a_network_of_ones_own_is_used_as_it_is(aws: Aws, tmp_path: Path, person: Person) -> None:
    text = STAGING.replace('[network]\nNatGateways = "none"\n', "")
    text = text.replace("[data]", '[data]\nVpcId = "vpc-1"\nPrivateSubnetIds = "subnet-a,subnet-b"')
    text = text.replace("[environments]", '[environments]\nPublicSubnetIds = ["subnet-c", "subnet-d"]')
    deploy(aws, written(tmp_path, text), person)
    assert NETWORK not in aws.stacks
    given = aws.stacks[ENVIRONMENTS].parameters
    assert (given["VpcId"], given["PrivateSubnetIds"], given["PublicSubnetIds"]) == (
        "vpc-1",
        "subnet-a,subnet-b",
        "subnet-c,subnet-d",
    )


# ---- Before anything is touched -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "answer", "said"),
    [
        (
            "GetCallerIdentity",
            Refusal("InvalidClientTokenId", "The token is invalid."),
            "AWS does not know you",
        ),
        ("ListPlatformBranches", {"PlatformBranchSummaryList": []}, "no platform branch 'Python 3.11"),
        (
            "ListPlatformBranches",
            {"PlatformBranchSummaryList": [{"BranchName": "x", "LifecycleState": "Retired"}]},
            "has retired",
        ),
        (
            "DescribeOrderableDBInstanceOptions",
            {"OrderableDBInstanceOptions": []},
            "no db.t4g.small with MySQL 8.4",
        ),
        ("CheckDNSAvailability", {"Available": False}, "elasticbeanstalk.com is taken"),
        ("GetServiceQuota", {"Quota": {"Value": 1.0}}, "Quota: 1 vCPUs"),
    ],
)
def test_what_would_stop_it_half_way_stops_it_before(
    operation: str, answer: Refusal | dict[str, object], said: str, aws: Aws, stage: Stage, person: Person
) -> None:
    (aws.refuses if isinstance(answer, Refusal) else aws.answers)[operation] = answer  # type: ignore[assignment]
    with pytest.raises(Refused, match=said):
        deploy(aws, stage, person)
    assert (aws.stacks, aws.objects) == ({}, {})


def test_every_quota_that_is_short_is_told_at_once_with_how_to_have_more(
    aws: Aws, tmp_path: Path, person: Person
) -> None:
    aws.answers["GetServiceQuota"] = {"Quota": {"Value": 0.0}}
    stage = written(tmp_path, STAGING.replace('"none"', '"each"'))
    with pytest.raises(Refused) as refused:
        deploy(aws, stage, person)
    for code, more in (("L-1216C47A", 20), ("L-F678F1CE", 2), ("L-0263D0A3", 2)):
        assert f"--quota-code {code} --desired-value {more}" in str(refused.value)


def test_who_may_not_look_at_quotas_may_still_deploy_and_is_told(
    aws: Aws, stage: Stage, person: Person
) -> None:
    aws.refuses["GetServiceQuota"] = Refusal("AccessDeniedException", "not authorized")
    deploy(aws, stage, person)
    assert "could not be looked at beforehand" in person.text


@pytest.mark.parametrize(
    ("status", "names", "said"),
    [
        ("PENDING_VALIDATION", ["photos.example.com"], "PENDING_VALIDATION, not ISSUED"),
        ("ISSUED", ["example.com"], "is for example.com, not for photos.example.com"),
    ],
)
def test_a_certificate_that_is_not_for_the_host_is_refused(
    status: str, names: list[str], said: str, aws: Aws, tmp_path: Path, person: Person
) -> None:
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0-9"
    own = f'[environments]\nCertificateArn = "{arn}"\nHostName = "photos.example.com"'
    stage = written(tmp_path, STAGING.replace('"trial"', '""').replace("[environments]", own))
    described = {"DomainName": names[0], "SubjectAlternativeNames": names, "Status": status}
    aws.answers["DescribeCertificate"] = {"Certificate": described}
    with pytest.raises(Refused, match=said):
        deploy(aws, stage, person)


def test_a_host_name_outside_its_zone_is_refused(aws: Aws, tmp_path: Path, person: Person) -> None:
    zone = {"HostedZone": {"Id": "Z1", "Name": "example.org.", "CallerReference": "x"}}
    aws.answers["GetHostedZone"] = zone
    stage = written(tmp_path, WITH_TLS.replace("HostName", 'HostedZoneId = "Z1"\nHostName'))
    with pytest.raises(Refused, match=r"photos\.example\.com is not below example\.org"):
        deploy(aws, stage, person)


# ---- A failure in each step ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [NETWORK, DATA, ENVIRONMENTS])
def test_what_is_not_agreed_to_is_not_done(which: str, aws: Aws, stage: Stage, person: Person) -> None:
    person.disagrees_to = which
    with pytest.raises(Refused, match="Nothing was changed by this step"):
        deploy(aws, stage, person)
    before = [NETWORK, DATA, ENVIRONMENTS][: [NETWORK, DATA, ENVIRONMENTS].index(which)]
    assert state(aws) == dict.fromkeys(before, "CREATE_COMPLETE")
    assert not aws.change_sets, "nor does an unused change set stay"


@pytest.mark.parametrize(
    ("stack", "resource", "reason"),
    [
        (NETWORK, "Vpc", "The maximum number of VPCs has been reached."),
        (DATA, "Database", "DB instance class is not available"),
        (ENVIRONMENTS, "WorkerEnvironment", "Environment health has transitioned to Severe."),
    ],
)
def test_a_stack_that_can_not_be_made_says_why_and_the_next_attempt_goes_on(
    stack: str, resource: str, reason: str, aws: Aws, stage: Stage, person: Person
) -> None:
    aws.fails[resource] = reason
    with pytest.raises(Failed, match=reason):
        deploy(aws, stage, person)
    assert aws.stacks[stack].status == "ROLLBACK_COMPLETE"
    assert aws.stacks[stack].resources == {}
    aws.fails.clear()
    deploy(aws, stage, person)
    assert set(state(aws).values()) == {"CREATE_COMPLETE"}


def test_a_refused_change_set_is_told_and_leaves_nothing(aws: Aws, stage: Stage, person: Person) -> None:
    aws.refuses["CreateChangeSet"] = Refusal("AccessDenied", "not authorized to perform CreateChangeSet")
    with pytest.raises(Exception, match="not authorized to perform CreateChangeSet"):
        deploy(aws, stage, person)
    assert state(aws) == {}


def test_bundles_that_can_not_be_uploaded_leave_the_environments_alone(
    aws: Aws, stage: Stage, person: Person
) -> None:
    aws.refuses["PutObject"] = Refusal("AccessDenied", "no room for bundles", 403)
    with pytest.raises(Exception, match="no room for bundles"):
        deploy(aws, stage, person)
    assert ENVIRONMENTS not in aws.stacks


@pytest.mark.parametrize("resource", ["WorkerEnvironment", "WebEnvironment"])
def test_an_update_that_fails_leaves_the_versions_of_before(
    resource: str, aws: Aws, stage: Stage, person: Person
) -> None:
    """A migration that fails is one: its hook aborts the deployment of the first instance."""
    deploy(aws, stage, person)
    person.label, aws.fails = "two", {resource: "Failed to deploy application."}
    with pytest.raises(Failed, match="Failed to deploy application"):
        deploy(aws, stage, person)
    assert versions(aws) == ("one-web", "one-worker")
    assert aws.stacks[ENVIRONMENTS].status == "UPDATE_ROLLBACK_COMPLETE"
    aws.fails = {}
    deploy(aws, stage, person)
    assert versions(aws) == ("two-web", "two-worker")


def test_an_alarm_that_rings_during_an_update_takes_it_back(aws: Aws, stage: Stage, person: Person) -> None:
    deploy(aws, stage, person)
    person.label = "two"
    aws.on_pause = lambda: aws.ringing.add(f"arn:alarm:{ENVIRONMENTS}-webhealthalarm")
    with pytest.raises(Failed, match="UPDATE_ROLLBACK_COMPLETE"):
        deploy(aws, stage, person)
    assert versions(aws) == ("one-web", "one-worker")


def test_an_alarm_that_rings_already_is_told_before_and_can_be_passed_over(
    aws: Aws, stage: Stage, person: Person
) -> None:
    deploy(aws, stage, person)
    person.label = "two"
    aws.ringing.add(f"{ENVIRONMENTS}-webhealthalarm")
    with pytest.raises(Refused, match="ring already"):
        deploy(aws, stage, person)
    deploy(aws, stage, person, ignore_alarms=True)
    assert versions(aws) == ("two-web", "two-worker")


def test_a_first_portal_that_does_not_work_is_taken_away_and_what_holds_data_stays(
    aws: Aws, stage: Stage, person: Person
) -> None:
    person.smoke_fails = "GET /readyz: 503"
    with pytest.raises(Failed, match="GET /readyz: 503"):
        deploy(aws, stage, person)
    assert state(aws) == {NETWORK: "CREATE_COMPLETE", DATA: "CREATE_COMPLETE"}


def test_a_new_version_that_does_not_work_goes_back_to_the_one_before(
    aws: Aws, stage: Stage, person: Person
) -> None:
    deploy(aws, stage, person)
    person.label, person.smoke_fails = "two", "not within 180 s: upload 1 is published"
    with pytest.raises(Failed, match="as it was before: not within 180 s"):
        deploy(aws, stage, person)
    assert versions(aws) == ("one-web", "one-worker")
    assert set(state(aws)) == {NETWORK, DATA, ENVIRONMENTS}


def test_a_line_that_breaks_is_taken_up_again(aws: Aws, stage: Stage, person: Person) -> None:
    """What CloudFormation has begun goes on without us."""

    def broken() -> None:
        if aws.stacks[DATA].status == "CREATE_IN_PROGRESS" if DATA in aws.stacks else False:
            raise EndpointConnectionError(endpoint_url="https://cloudformation")

    aws.on_pause = broken
    with pytest.raises(EndpointConnectionError):
        deploy(aws, stage, person)
    aws.on_pause = lambda: None
    with pytest.raises(Refused, match="somebody else is at it"):
        deploy(aws, stage, person)
    aws.pause(10)
    deploy(aws, stage, person)
    assert set(state(aws).values()) == {"CREATE_COMPLETE"}


def test_a_stack_that_can_not_go_back_is_left_to_people(aws: Aws, stage: Stage, person: Person) -> None:
    deploy(aws, stage, person)
    aws.stacks[DATA].status = "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(Refused, match=f"continue-update-rollback --stack-name {DATA}"):
        deploy(aws, stage, person)


def test_a_change_that_would_replace_what_holds_data_needs_a_word_more(
    aws: Aws, tmp_path: Path, stage: Stage, person: Person
) -> None:
    deploy(aws, stage, person)
    restored = written(tmp_path, STAGING.replace("[data]", '[data]\nDatabaseSnapshot = "rds:before"'))
    with pytest.raises(Refused, match=r"holds data: Database\..*--replace-data"):
        deploy(aws, restored, person)
    assert aws.stacks[DATA].resources["Database"] == f"{DATA}-database"
    deploy(aws, restored, person, replace_data=True)
    assert aws.stacks[DATA].resources["Database"] == f"{DATA}-restored"


def test_environments_never_begin_without_their_bundles(aws: Aws, stage: Stage, person: Person) -> None:
    """The stand-in knows what Beanstalk would say: so uploading is a step that can't be forgotten."""
    put: Callable[..., None] = aws.PutObject
    aws.PutObject = lambda **given: None if "worker" in given["Key"] else put(**given)  # type: ignore[method-assign]
    with pytest.raises(Failed, match="Unable to download from S3"):
        deploy(aws, stage, person)
