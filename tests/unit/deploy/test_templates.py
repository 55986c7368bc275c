"""The CloudFormation templates: valid, in step with the code, keeping what must be kept, permitting nothing more.

The environments' option settings are checked with .ebextensions, in test_option_settings."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr

from local.cloud import bucket, queues, user_pool
from shared.config import Settings, WebSettings, WorkerSettings, load
from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS, MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from tests.support_templates import (
    FOLDER,
    NAMES,
    chosen,
    in_words,
    listed,
    permissions,
    setting,
    statements,
    template,
)
from tests.unit.deploy.support import ROOT
from tests.unit.test_config import GOOD
from worker.receiving import SAY_SECONDS

LINT = str(Path(sys.executable).with_name("cfn-lint"))
DATA, MEDIA, ENVIRONMENTS = template("data.yaml"), template("media.yaml"), template("environments.yaml")
NETWORK, BACKUP = template("network.yaml"), template("backup.yaml")
FINAL_PREFIXES = {"images", "previews", "tiles", "thumbnails"}
KEPT = {
    "AWS::S3::Bucket": "Retain",
    "AWS::S3::BucketPolicy": "Retain",
    "AWS::SQS::Queue": "Retain",
    "AWS::SQS::QueuePolicy": "Retain",
    "AWS::EC2::SecurityGroup": "Retain",  # the database's snapshot is restored into them
    "AWS::RDS::DBSubnetGroup": "Retain",
    "AWS::RDS::DBParameterGroup": "Retain",
    "AWS::RDS::DBInstance": "Snapshot",
    "AWS::Cognito::UserPool": "Retain",
    "AWS::Cognito::UserPoolClient": "Retain",
    "AWS::Cognito::UserPoolGroup": "Retain",
    "AWS::SecretsManager::Secret": "Retain",
    "AWS::CloudFront::PublicKey": "Retain",
    "AWS::IAM::OIDCProvider": "Retain",  # other stages of the account use it
    "AWS::KMS::Key": "Retain",  # without it the backups that it encrypts are lost
}
REMADE = {  # hold nothing that making them again would not bring back
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPC",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::Subnet",
    "AWS::EC2::RouteTable",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::EIP",
    "AWS::EC2::NatGateway",
    "AWS::CertificateManager::Certificate",
    "AWS::Route53::RecordSet",
    "AWS::Budgets::Budget",
    "AWS::SNS::TopicPolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::InstanceProfile",
    "AWS::SNS::Topic",
    "AWS::SNS::Subscription",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::MetricFilter",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::KeyGroup",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudFront::Distribution",
    "AWS::ElasticBeanstalk::Application",
    "AWS::ElasticBeanstalk::ApplicationVersion",
    "AWS::ElasticBeanstalk::Environment",
}
OPEN_ENDED = {
    "*": "actions that know no resources: WITHOUT_RESOURCES",
    "arn:${AWS::Partition}:s3:::${Bucket}": "the bucket by its name, since the bucket itself needs the role",
    "arn:${AWS::Partition}:s3:::${Bucket}/*": "the same",
    "${BackupBucketArn}/*": "the bucket of backup.yaml",
    "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:awseb-*": "Beanstalk names its daemon's queue",
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
    "*-stack-AWSEBWorkerCronLeaderRegistry*": "Beanstalk names its daemon's table",
}
WITHOUT_RESOURCES = {
    "cloudwatch:PutMetricData",  # the namespace is its condition
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}
MANAGED = {
    "AdministratorAccess": "the role's that deploys from GitHub, which makes roles itself",
    "service-role/AmazonRDSEnhancedMonitoringRole": "RDS's, not an instance's",
    "AWSElasticBeanstalkWebTier": "Beanstalk's own buckets, log groups and health reports, kept up by AWS",
    "service-role/AWSElasticBeanstalkEnhancedHealth": "the service role's, not an instance's",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy": "the service role's, not an instance's",
}
WEB, WORKER = "WebEnvironment", "WorkerEnvironment"
VARIABLES = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"


def resources(document: dict[str, Any], kind: str = "") -> dict[str, dict[str, Any]]:
    return {name: r for name, r in document["Resources"].items() if r["Type"].startswith(kind)}


def properties(name: str, document: dict[str, Any] = DATA) -> dict[str, Any]:
    found: dict[str, Any] = chosen(document["Resources"][name]["Properties"], options=False)
    return found


def options(environment: str, *, media: bool = True) -> dict[tuple[str, str], Any]:
    given = chosen(
        ENVIRONMENTS["Resources"][environment]["Properties"]["OptionSettings"],
        options=media,
    )
    pairs = [((o["Namespace"], o["OptionName"]), o["Value"]) for o in given]
    assert len(dict(pairs)) == len(pairs), "an option is set twice"
    return dict(pairs)


def variables(environment: str, *, media: bool = True) -> dict[str, Any]:
    return {
        name: v for (ns, name), v in options(environment, media=media).items() if ns in (VARIABLES, SECRETS)
    }


def test_cfn_lint_has_nothing_to_say_but_of_a_planted_fault(tmp_path: Path) -> None:
    planted = tmp_path / "planted.yaml"
    planted.write_text(
        (FOLDER / "data.yaml").read_text().replace("VersioningConfiguration:", "VersionConfiguration:")
    )
    files = [str(FOLDER / name) for name in NAMES]
    command = [LINT, "--include-checks", "I", "--format", "json", "--", *files, str(planted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    assert {fault["Filename"] for fault in said} == {str(planted)}, said


@pytest.mark.parametrize("name", NAMES)
def test_what_holds_state_is_kept_and_every_kind_is_known(name: str) -> None:
    for logical, resource in template(name)["Resources"].items():
        kind = resource["Type"]
        assert kind in KEPT or kind in REMADE, f"{logical}: decide whether {kind} holds state"
        if kind in KEPT:
            assert (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) == (
                KEPT[kind],
                KEPT[kind],
            ), logical


def test_environments_hold_no_state() -> None:
    assert not {r["Type"] for r in resources(ENVIRONMENTS).values()} & set(KEPT)


def test_the_database_and_the_accounts_are_protected_from_deletion() -> None:
    assert properties("Database")["DeletionProtection"] is True
    assert properties("UserPool")["DeletionProtection"] == "ACTIVE"


# ---- In step with the code --------------------------------------------------------------------------------------


def test_the_queues_numbers_are_those_of_the_code() -> None:
    queue, dead = properties("Queue"), properties("DeadLetterQueue")
    assert queue["VisibilityTimeout"] == VISIBILITY_TIMEOUT_SECONDS > HARD_TIME_LIMIT_SECONDS
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
        "maxReceiveCount": MAX_RECEIVE_COUNT,
    }
    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]
    assert "FifoQueue" not in queue


def test_queues_bucket_and_pool_are_as_the_local_stack_makes_them() -> None:
    calls: dict[str, Any] = {}

    class Recorder:
        """Answers like an empty AWS and remembers what it was asked to make."""

        def __getattr__(self, name: str) -> Any:
            def call(**given: Any) -> Any:
                if name == "get_queue_url":
                    return {"QueueUrl": f"http://q/{given['QueueName']}"}
                calls[name + given.get("QueueUrl", "").removeprefix("http://q")] = given
                return {
                    "Buckets": [],
                    "Attributes": {"QueueArn": "arn"},
                    "UserPools": [],
                    "UserPoolClients": [],
                    "UserPool": {"Id": "p"},
                    "UserPoolClient": {"ClientId": "c"},
                }

            return call

    recorder: Any = Recorder()
    bucket.provision_bucket(recorder)
    queues.provision_queues(recorder, "http://q")
    user_pool.provision_user_pool(recorder)

    assert (
        properties("Bucket")["PublicAccessBlockConfiguration"]
        == calls["put_public_access_block"]["PublicAccessBlockConfiguration"]
    )
    local = calls[f"set_queue_attributes/{queues.QUEUE}"]["Attributes"]
    assert str(properties("Queue")["MessageRetentionPeriod"]) == local["MessageRetentionPeriod"]
    local = calls[f"set_queue_attributes/{queues.DEAD_LETTER_QUEUE}"]["Attributes"]
    assert str(properties("DeadLetterQueue")["MessageRetentionPeriod"]) == local["MessageRetentionPeriod"]

    made = calls["create_user_pool"]
    pool = properties("UserPool")
    for name in set(made) - {"PoolName"}:
        assert pool[name] == made[name], name
    second_step = calls["set_user_pool_mfa_config"]
    assert pool["MfaConfiguration"] == second_step["MfaConfiguration"]
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert second_step["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    only_there = {"DeletionProtection", "UserPoolTier", "EmailConfiguration"}
    assert set(pool) - set(made) == only_there | {"MfaConfiguration", "EnabledMfas"}

    made = {
        k: v for k, v in calls["create_user_pool_client"].items() if k not in ("ClientName", "UserPoolId")
    }
    client: dict[str, Any] = chosen(
        DATA["Resources"]["UserPoolClient"]["Properties"]
    )  # passkeys are possible
    del client["UserPoolId"]
    assert client == made
    assert "ALLOW_USER_AUTH" not in properties("UserPoolClient")["ExplicitAuthFlows"], (
        "by default they are not"
    )
    assert properties("UserPool")["UserPoolTier"] == "LITE"
    with_passkeys = chosen(DATA["Resources"]["UserPool"]["Properties"])
    assert with_passkeys["UserPoolTier"] == "ESSENTIALS"
    assert with_passkeys["Policies"]["SignInPolicy"] == {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}
    assert properties("Operators")["GroupName"] == user_pool.OPERATOR.group
    assert properties("Moderators")["GroupName"] == user_pool.MODERATOR.group
    assert properties("Viewers")["GroupName"] == user_pool.WATCHER.group


def test_the_life_of_files_is_the_same_locally_and_nothing_accepted_expires() -> None:
    rules = {rule["Id"]: rule for rule in properties("Bucket")["LifecycleConfiguration"]["Rules"]}
    for name, prefix, action in bucket.LIFECYCLE:
        rule = rules.pop(name)
        assert rule["Prefix"] == prefix
        assert rule.get("ExpirationInDays") == action.get("Expiration", {}).get("Days"), name
        assert rule.get("AbortIncompleteMultipartUpload") == action.get("AbortIncompleteMultipartUpload")
    assert set(rules) == {"expire-noncurrent", "expire-cleared-staging"}, "only versioned buckets need more"
    for rule in properties("Bucket")["LifecycleConfiguration"]["Rules"]:
        if rule["Prefix"] in ("", "staging/", "images/"):
            assert "ExpirationInDays" not in rule, "the bytes of an upload that waits for an operator"


# ---- Closed -----------------------------------------------------------------------------------------------------


def test_the_bucket_is_private_encrypted_versioned_and_spoken_to_by_tls_alone() -> None:
    bucket = properties("Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    deny, distribution = statements(DATA["Resources"]["BucketPolicy"])
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert [in_words(r) for r in deny["Resource"]] == ["Bucket", "Bucket/*"]
    assert {in_words(r) for r in distribution["Resource"]} == {f"Bucket/{p}/*" for p in FINAL_PREFIXES}
    assert distribution["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "MediaDistributionArn"}}}


def test_queues_are_encrypted_and_spoken_to_by_tls_alone() -> None:
    for queue, policy in (("Queue", "QueuePolicy"), ("DeadLetterQueue", "DeadLetterQueuePolicy")):
        assert properties(queue)["SqsManagedSseEnabled"] is True
        assert properties(policy)["Queues"] == [{"Ref": queue}]
        [deny] = statements(DATA["Resources"][policy])
        assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        assert in_words(deny["Resource"]) == queue


def test_the_database_is_reached_by_the_portals_instances_over_tls_alone() -> None:
    [rule] = properties("DatabaseSecurityGroup")["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": ["ClientSecurityGroup", "GroupId"]}
    assert (rule["FromPort"], rule["ToPort"]) == (3306, 3306)
    assert "SecurityGroupIngress" not in properties("ClientSecurityGroup")
    database = properties("Database")
    assert (database["PubliclyAccessible"], database["StorageEncrypted"]) == (False, True)
    parameters = properties("DatabaseParameters")
    assert parameters["Parameters"]["require_secure_transport"] == "1", "what RDS for MySQL takes: 0 or 1"
    version = DATA["Parameters"]["DatabaseEngineVersion"]["Default"]
    assert parameters["Family"] == "mysql" + ".".join(version.split(".")[:2])


def test_s3_is_reached_past_the_nat_gateway_where_the_route_tables_are_known() -> None:
    endpoint = DATA["Resources"]["S3Endpoint"]
    assert endpoint["Properties"] == {
        "VpcEndpointType": "Gateway",
        "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
        "VpcId": {"Ref": "VpcId"},
        "RouteTableIds": {"Ref": "PrivateRouteTableIds"},
    }
    [empty] = DATA["Conditions"][endpoint["Condition"]]["Fn::Not"]
    assert empty == {"Fn::Equals": [{"Fn::Join": ["", {"Ref": "PrivateRouteTableIds"}]}, ""]}


def test_an_empty_account_gets_a_network_over_two_zones_with_a_way_out() -> None:
    subnets = {n: r for n, r in resources(NETWORK).items() if r["Type"] == "AWS::EC2::Subnet"}
    routes = [r["Properties"] for r in resources(NETWORK).values() if r["Type"] == "AWS::EC2::Route"]
    zones = {name: int(s["Properties"]["AvailabilityZone"]["Fn::Select"][0]) for name, s in subnets.items()}
    assert zones == {"PublicSubnetA": 0, "PublicSubnetB": 1, "PrivateSubnetA": 0, "PrivateSubnetB": 1}
    assert len({json.dumps(s["Properties"]["CidrBlock"]) for s in subnets.values()}) == 4
    for output, kind in (("PublicSubnetIds", "Public"), ("PrivateSubnetIds", "Private")):
        names = [part["Ref"] for part in NETWORK["Outputs"][output]["Value"]["Fn::Join"][1]]
        assert names == [f"{kind}SubnetA", f"{kind}SubnetB"]
    out = {
        route["RouteTableId"]["Ref"]: next(key for key in ("GatewayId", "NatGatewayId") if key in route)
        for route in routes
    }
    assert out == {
        "PublicRoutes": "GatewayId",
        "PrivateRoutesOfA": "NatGatewayId",
        "PrivateRoutesOfB": "NatGatewayId",
    }
    assert {t["Ref"] for t in NETWORK["Resources"]["S3Endpoint"]["Properties"]["RouteTableIds"]} == set(out)


def test_the_networks_outputs_are_what_the_other_stacks_take() -> None:
    assert set(NETWORK["Outputs"]) <= set(ENVIRONMENTS["Parameters"])
    assert {"VpcId", "PrivateSubnetIds"} <= set(DATA["Parameters"])
    for name in ("HostName", "HostedZoneId"):
        assert (
            NETWORK["Parameters"][name]["AllowedPattern"]
            == ENVIRONMENTS["Parameters"][name]["AllowedPattern"]
        )


def test_the_portals_name_leads_to_one_that_environments_can_swap() -> None:
    prefix = properties(WEB, ENVIRONMENTS)["CNAMEPrefix"]["Fn::Sub"]
    [record] = properties("Record", ENVIRONMENTS)["ResourceRecords"]
    address = f"{prefix}.${{AWS::Region}}.elasticbeanstalk.com"
    assert record["Fn::Sub"] == ENVIRONMENTS["Outputs"]["EnvironmentAddress"]["Value"]["Fn::Sub"] == address
    longest = prefix.replace("${Stage}", "s" * 20).replace("${AWS::AccountId}", "1" * 12)
    assert len(longest) <= 63, "Beanstalk takes no longer one"


def test_the_copies_and_their_key_are_what_the_data_stack_takes() -> None:
    assert set(BACKUP["Outputs"]) <= set(DATA["Parameters"])
    copies = properties("Copies", BACKUP)
    assert copies["VersioningConfiguration"] == {"Status": "Enabled"}, "or S3 replicates nothing to it"
    for name in ("PublicAccessBlockConfiguration", "OwnershipControls"):
        assert copies[name] == properties("Bucket")[name]
    rule = chosen(DATA["Resources"]["Bucket"]["Properties"])["ReplicationConfiguration"]["Rules"][0]
    assert rule["Filter"] == {"Prefix": ""}
    assert rule["Destination"]["Bucket"] == {"Ref": "BackupBucketArn"}
    database = chosen(DATA["Resources"]["Database"]["Properties"])
    assert database["AutomaticBackupReplicationRegion"] == {"Ref": "BackupRegion"}
    assert "AutomaticBackupReplicationRegion" not in properties("Database"), "by default there are none"
    assert "ReplicationConfiguration" not in properties("Bucket")


def test_both_tiers_can_be_entered_and_neither_may_read_the_accounts_parameters() -> None:
    for role in ("WebRole", "WorkerRole"):
        assert {"Ref": "TerminalAccess"} in chosen(DATA["Resources"][role]["Properties"]["ManagedPolicyArns"])
    assert {action for action, _ in permissions(DATA["Resources"]["TerminalAccess"])} == {
        action for action in WITHOUT_RESOURCES if action.startswith("ssm")
    }


def test_access_logs_are_written_where_they_may_be() -> None:
    paths = {in_words(s["Resource"]) for s in statements(DATA["Resources"]["LogBucketPolicy"])[1:]}
    assert paths == {"LogBucket/bucket/*", "LogBucket/balancer/AWSLogs/${AWS::AccountId}/*"}
    logging = chosen(DATA["Resources"]["Bucket"]["Properties"])["LoggingConfiguration"]
    assert logging == {"DestinationBucketName": {"Ref": "LogBucket"}, "LogFilePrefix": "bucket/"}
    assert options(WEB)["aws:elbv2:loadbalancer", "AccessLogsS3Prefix"] == "balancer"
    assert ("aws:elbv2:loadbalancer", "AccessLogsS3Enabled") not in options(WEB, media=False)


def test_a_budget_still_lets_alarms_reach_the_topic() -> None:
    """A topic's own policy goes when it is given one."""
    given = {s["Principal"]["Service"] for s in statements(DATA["Resources"]["AlarmTopicPolicy"])}
    assert given == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}


@pytest.mark.parametrize("name", NAMES)
def test_policies_permit_no_action_by_pattern_and_no_resource_but_a_known_one(name: str) -> None:
    for logical, resource in resources(template(name), "AWS::IAM::ManagedPolicy").items():
        for action, target in permissions(resource):
            assert "*" not in action, f"{logical}: {action}"
            assert target != "*" or action in WITHOUT_RESOURCES, f"{logical}: {action}"
            assert target in OPEN_ENDED or re.fullmatch(r"\w+(/[a-z-]+/\*)?", target), f"{logical}: {target}"
    for logical, role in resources(template(name), "AWS::IAM::Role").items():
        assert "Policies" not in role["Properties"], (
            f"{logical}: write it as a managed policy, which is tested"
        )
        for arn in chosen(role["Properties"].get("ManagedPolicyArns", [])):
            if "Fn::Sub" in arn:
                assert arn["Fn::Sub"].partition(":policy/")[2] in MANAGED, logical
            else:
                assert arn["Ref"] in resources(DATA, "AWS::IAM::ManagedPolicy")


def test_both_tiers_may_list_the_bucket_without_condition() -> None:
    """Or S3 would answer 403 for an object that is not there, and the product take it for a failure."""
    for tier in ("WebAccess", "WorkerAccess"):
        [find] = [s for s in statements(DATA["Resources"][tier]) if "s3:ListBucket" in listed(s["Action"])]
        assert "Condition" not in find
        assert in_words(find["Resource"]) == "Bucket"


@pytest.mark.parametrize("name", NAMES)
def test_no_parameter_takes_a_secret(name: str) -> None:
    for parameter, given in template(name)["Parameters"].items():
        suspicious = re.search("password|secret|privatekey|token", parameter, re.I)
        assert not suspicious or parameter.endswith("Arn"), parameter
        assert not given.get("NoEcho"), f"{parameter}: NoEcho hides what should not be there"
    assert "MasterUserPassword" not in properties("Database")
    assert properties("Database")["ManageMasterUserPassword"] is True
    pattern = ENVIRONMENTS["Parameters"]["DatabaseUrl"]["AllowedPattern"]
    assert re.fullmatch(pattern, "mysql+pymysql://host:3306/portal?ssl_ca=/x.pem")
    assert not re.fullmatch(pattern, "mysql+pymysql://portal:hunter2@host:3306/portal")


def test_secret_settings_reach_the_environments_as_secrets() -> None:
    for environment, kind in ((WEB, WebSettings), (WORKER, WorkerSettings)):
        for namespace, name in options(environment):
            if namespace in (VARIABLES, SECRETS) and name != "DATABASE_URL":  # which has no secret in it here
                field = kind.model_fields[name.lower()]
                is_secret = field.annotation is SecretStr or SecretStr in str_args(field.annotation)
                assert (namespace == SECRETS) == is_secret, name


def str_args(annotation: Any) -> set[Any]:
    """All that a type is made of."""
    parts = {annotation}
    for part in get_args(annotation):
        parts |= str_args(part)
    return parts


# ---- The stacks fit together ------------------------------------------------------------------------------------


def test_each_setting_that_an_environment_needs_is_there_and_each_that_is_there_is_known() -> None:
    for environment, kind in ((WEB, WebSettings), (WORKER, WorkerSettings)):
        given = set(variables(environment))
        known = {name.upper() for name in kind.model_fields}
        required = {name.upper() for name, field in kind.model_fields.items() if field.is_required()}
        assert required <= given <= known, (environment, required - given, given - known)


def test_settings_come_from_the_parameters_named_after_them() -> None:
    constants = {"AWS_REGION": {"Ref": "AWS::Region"}, "TRUSTED_PROXIES": "2", "COOKIE_SECURE": "true"}
    for environment in (WEB, WORKER):
        for name, value in variables(environment).items():
            if name in constants:
                assert value == constants[name]
            else:  # SESSION_SECRET is what Beanstalk finds at SessionSecretArn
                assert setting(value["Ref"]).removesuffix("_ARN").removesuffix("_SECRET") in (
                    name.removesuffix("_ARN").removesuffix("_SECRET"),
                )


def test_the_data_stack_and_the_media_stack_put_out_what_the_environments_take() -> None:
    taken = set(ENVIRONMENTS["Parameters"])
    assert set(DATA["Outputs"]) - taken == {"S3BucketDomain"}, "for media.yaml"
    assert {"MediaBaseUrl", "MediaKeyPairId"} <= set(MEDIA["Outputs"])
    assert "MediaDistributionArn" in DATA["Parameters"].keys() & MEDIA["Outputs"].keys()
    assert "S3BucketDomain" in MEDIA["Parameters"]


@pytest.mark.parametrize(("environment", "kind"), [(WEB, WebSettings), (WORKER, WorkerSettings)])
def test_the_product_accepts_what_an_environment_gives_it(environment: str, kind: type[Settings]) -> None:
    names = variables(environment, media=False)
    given = {name: value if isinstance(value, str) else GOOD.get(name, "") for name, value in names.items()}
    url, _ = DATA["Outputs"]["DatabaseUrl"]["Value"]["Fn::Sub"]
    given["DATABASE_URL"] = url.replace("${Host}", "host").replace("${Port}", "3306")
    given["DATABASE_SECRET_ARN"] = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tiers"
    given["MIGRATIONS_DATABASE_SECRET_ARN"] = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1"
    settings = load(kind, given)
    assert settings.database_secret_arn is not None


def test_the_certificates_are_where_the_database_url_says() -> None:
    path = DATA["Parameters"]["DatabaseCaFile"]["Default"]
    assert f'"{path}"' in (FOLDER.parents[1] / ".ebextensions/00-common.config").read_text()


def test_workers_are_updated_before_the_web_tier() -> None:
    assert ENVIRONMENTS["Resources"][WEB]["DependsOn"] == WORKER
    for environment in (WEB, WORKER):
        platform = properties(environment, ENVIRONMENTS)["PlatformArn"]["Fn::Sub"]
        assert platform.endswith("::platform/Python ${PythonVersion} running on 64bit Amazon Linux 2023"), (
            "no version"
        )
    assert ENVIRONMENTS["Parameters"]["PythonVersion"]["Default"] == "3.11", "what the tests run on"


# ---- Watched ----------------------------------------------------------------------------------------------------


def test_every_alarm_tells_the_topic_and_the_list_is_complete() -> None:
    watched = set()
    for document, topic in ((DATA, "AlarmTopic"), (ENVIRONMENTS, "AlarmTopicArn")):
        for name, alarm in resources(document, "AWS::CloudWatch::Alarm").items():
            given = alarm["Properties"]
            assert given["AlarmActions"] == given["OKActions"] == [{"Ref": topic}], name
            assert "TreatMissingData" in given, name
            metrics = [m["MetricStat"]["Metric"] for m in given.get("Metrics", []) if "MetricStat" in m]
            watched |= {m["MetricName"] for m in metrics or [given]}
    assert watched == {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesVisible",
        "NumberOfEmptyReceives",
        "NumberOfMessagesReceived",
        "FreeStorageSpace",
        "CPUUtilization",
        "DatabaseConnections",
        "EnvironmentHealth",
        "ReceivingPaused",
        "WorkerRestarts",
    }


@pytest.mark.parametrize(
    ("name", "module"), [("WorkerRestarts", "alive.py"), ("ReceivingPaused", "receiving.py")]
)
def test_what_is_counted_is_what_the_worker_says(name: str, module: str) -> None:
    counted = ENVIRONMENTS["Resources"][name]["Properties"]
    quoted = counted["FilterPattern"]
    assert quoted == f'"{quoted[1:-1]}"', "a phrase, not words"
    assert quoted[1:-1] in (ROOT / "worker" / module).read_text()
    log = ".ebextensions/worker-40-logs.config"
    assert counted["LogGroupName"]["Fn::Sub"].endswith("/var/log/worker.stdout.log")
    assert "var/log/worker.stdout.log" in (ROOT / log).read_text()


def test_nobody_polls_is_an_alarm_once_there_are_workers() -> None:
    assert ENVIRONMENTS["Resources"]["NoPollingAlarm"]["DependsOn"] == WORKER


def test_portals_of_one_account_differ_in_every_name_that_is_given() -> None:
    given = {
        "ApplicationName",
        "EnvironmentName",
        "CNAMEPrefix",
        "BucketName",
        "QueueName",
        "RoleName",
        "UserPoolName",
    }
    given |= {
        "DBInstanceIdentifier",
        "AlarmName",
        "TopicName",
        "DashboardName",
        "ManagedPolicyName",
        "GroupId",
    }
    for document in (DATA, ENVIRONMENTS):
        for name, resource in resources(document).items():
            for key in given & set(resource.get("Properties", {})):
                value = resource["Properties"][key]
                told = str(value.get("Fn::Sub", "")).startswith("image-portal-${Stage}")
                assert told or value == {"Ref": "Application"}, (name, key)
    counted = [r["Properties"] for r in resources(ENVIRONMENTS, "AWS::Logs::MetricFilter").values()]
    assert all(c["MetricTransformations"][0]["MetricNamespace"] == {"Ref": "Application"} for c in counted)


def test_a_pause_is_not_taken_for_workers_that_are_dead_and_is_not_forgotten() -> None:
    alarms = resources(ENVIRONMENTS, "AWS::CloudWatch::Alarm")
    [sum_of_all, *counted] = alarms["NoPollingAlarm"]["Properties"]["Metrics"]
    assert set(re.findall(r"FILL\((\w+), 0\)", sum_of_all["Expression"])) == {m["Id"] for m in counted}
    assert "ReceivingPaused" in {m["MetricStat"]["Metric"]["MetricName"] for m in counted}
    period = counted[0]["MetricStat"]["Period"]
    assert period > 2 * SAY_SECONDS, "each worker's line is in every sum"
    assert alarms["ReceivingPausedAlarm"]["Properties"]["MetricName"] == "ReceivingPaused"


def test_the_dashboard_is_json() -> None:
    body, names = DATA["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    assert len(widgets) == 6
    assert set(re.findall(r"\$\{(\w+)\}", body)) == {*names, "Database"}


# ---- CloudFront -------------------------------------------------------------------------------------------------


def test_every_path_of_the_distribution_needs_the_portals_signature() -> None:
    distribution = properties("Distribution", MEDIA)["DistributionConfig"]
    for behaviour in (distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]):
        assert behaviour["TrustedKeyGroups"] == [{"Ref": "KeyGroup"}]
        assert behaviour["ViewerProtocolPolicy"] == "https-only"
    [origin] = distribution["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["OriginAccess", "Id"]}


def test_edges_may_keep_what_says_private() -> None:
    for name in ("RenditionCache", "OriginalCache"):
        config = properties(name, MEDIA)["CachePolicyConfig"]
        assert config["MinTTL"] == {"Ref": "EdgeCacheSeconds"}
    assert MEDIA["Parameters"]["EdgeCacheSeconds"]["MinValue"] >= 1


def test_a_downloads_name_is_passed_on_for_originals_alone() -> None:
    parameters = "ParametersInCacheKeyAndForwardedToOrigin"
    original = properties("OriginalCache", MEDIA)["CachePolicyConfig"][parameters]["QueryStringsConfig"]
    assert original["QueryStrings"] == ["response-content-disposition"]
    rendition = properties("RenditionCache", MEDIA)["CachePolicyConfig"][parameters]["QueryStringsConfig"]
    assert rendition == {"QueryStringBehavior": "none"}
    [behaviour] = properties("Distribution", MEDIA)["DistributionConfig"]["CacheBehaviors"]
    assert (behaviour["PathPattern"], behaviour["CachePolicyId"]) == ("images/*", {"Ref": "OriginalCache"})


def test_the_settings_take_what_the_media_template_takes() -> None:
    host = MEDIA["Parameters"]["MediaHost"]["AllowedPattern"]
    url = next(
        m.pattern for m in WebSettings.model_fields["media_base_url"].metadata if hasattr(m, "pattern")
    )
    assert url == "^https://" + host.removeprefix("^")


def test_the_balancer_speaks_tls_of_today() -> None:
    text = (ROOT / "deploy/cloudformation/environments.yaml").read_text()
    policies = dict(re.findall(r"OptionName: (SSL\w*Policy), Value: (\S+) }", text))
    assert policies == {
        "SSLPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",  # 1.3, and 1.2 with forward secrecy
        "SSLReferencePolicy": "ELBSecurityPolicy-TLS-1-2-2017-01",  # a classic balancer's newest
    }
