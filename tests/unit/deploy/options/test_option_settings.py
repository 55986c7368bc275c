"""Option settings: what ships is right, and faults that Beanstalk would report late or never are found."""

from pathlib import Path

import pytest

from deploy.options.check import MADE, check, check_environment, check_made
from deploy.options.read import TemplateLoader, parse_extension, read_extensions, read_template
from deploy.options.rules import overridden
from deploy.options.table import Setting
from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS
from tests.unit.deploy.support import ROOT

ASG = "aws:autoscaling:asg"
TRIGGER = "aws:autoscaling:trigger"
ROLLING = "aws:autoscaling:updatepolicy:rollingupdate"
LAUNCH = "aws:autoscaling:launchconfiguration"
COMMAND = "aws:elasticbeanstalk:command"
PROCESS = "aws:elasticbeanstalk:environment:process:default"
SQSD = "aws:elasticbeanstalk:sqsd"
LOGS = "aws:elasticbeanstalk:cloudwatch:logs"
MANAGED = "aws:elasticbeanstalk:managedactions"
TEMPLATES = sorted((ROOT / "deploy" / "cloudformation").glob("*.yaml"))
ENVIRONMENTS = [environment for file in TEMPLATES for environment in read_template(file)]

# The faults that a person may make: tier, setting, what the check has to say.
PLANTED = [
    ("web", (ASG, "MinSise", "2"), "MinSise: there is no such option"),
    ("web", (ASG, "MinSize", "banana"), "'banana' is not a whole number"),
    ("web", (ASG, "MinSize", "5"), "MinSize 5 is above MaxSize 4"),
    ("web", (ASG, "Availability Zones", "Any 4"), "'Any 4' is not one of"),
    ("web", (ASG, "Cooldown", "six"), "'six' is not a whole number"),
    ("web", (TRIGGER, "MeasureName", "NetIn"), "'NetIn' is not one of"),
    ("web", (TRIGGER, "Unit", "Percent"), "NetworkIn is measured in Bytes"),
    ("web", (TRIGGER, "UpperThreshold", "30000000"), "'30000000' is not a whole number from 0 to 20000000"),
    (
        "web",
        (TRIGGER, "UpperThreshold", "400000"),
        "LowerThreshold 500000 must be below UpperThreshold 400000",
    ),
    ("web", (TRIGGER, "LowerThreshold", "1000000"), "must be below UpperThreshold"),
    ("web", (TRIGGER, "EvaluationPeriods", "4"), "BreachDuration 5 is not Period 1 × EvaluationPeriods 4"),
    ("web", (TRIGGER, "Period", "5"), "BreachDuration 5 is not Period 5"),
    ("web", (TRIGGER, "Period", "0"), "'0' is not a whole number from 1 to 600"),
    ("web", (TRIGGER, "LowerBreachScaleIncrement", "1"), "calm would add them"),
    ("web", (LAUNCH, "MonitoringInterval", "5 minute"), "needs aws:autoscaling:launchconfiguration"),
    ("web", (LAUNCH, "RootVolumeType", "gp4"), "'gp4' is not one of"),
    ("web", (LAUNCH, "DisableIMDSv1", "yes"), "'yes' is not one of true, false"),
    ("web", (PROCESS, "HealthCheckInterval", "3"), "'3' is not a whole number from 5 to 300"),
    (
        "web",
        (PROCESS, "HealthCheckTimeout", "10"),
        "HealthCheckTimeout 10 must be below HealthCheckInterval 10",
    ),
    ("web", (PROCESS, "HealthCheckPath", "check-status"), "'check-status' is not of the form"),
    ("web", (PROCESS, "DeregistrationDelay", "900"), "must leave room for DeregistrationDelay"),
    ("web", (COMMAND, "DeploymentPolicy", "RollingWithExtraBatch"), "is not one of AllAtOnce"),
    ("web", (COMMAND, "BatchSize", "5"), "BatchSize 5 is above 4"),
    ("web", (ROLLING, "MinInstancesInService", "4"), "MinInstancesInService 4 must be below MaxSize 4"),
    ("web", (ROLLING, "Timeout", "30 minutes"), "'30 minutes' is not of the form"),
    ("web", (LOGS, "RetentionInDays", "31"), "'31' is not one of"),
    ("web", (MANAGED, "PreferredStartTime", "Tuesday 9"), "is not of the form"),
    ("web", ("aws:elasticbeanstalk:healthreporting:system", "SystemType", "basic"), "need enhanced health"),
    ("web", ("aws:autoscaling:group", "MinSize", "2"), "aws:autoscaling:group: there is no such namespace"),
    ("web", ("bogus:ns", "x", "1"), "bogus:ns: there is no such namespace"),
    ("web", ("aws:elbv2:listener:443", "Protocoll", "HTTPS"), "Protocoll: there is no such option"),
    ("web", ("aws:elb:policies", "ConnectionDrainingEnabled", "true"), "can't be mixed"),
    ("web", (SQSD, "InactivityTimeout", "30"), "only worker environments have sqsd"),
    ("worker", ("aws:elbv2:listener:443", "Protocol", "HTTPS"), "a worker environment has no load balancer"),
    ("worker", (PROCESS, "HealthCheckPath", "/"), "a worker environment has no load balancer"),
    ("worker", ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"), "no load balancer"),
    ("worker", (SQSD, "WorkerQueueURL", "https://sqs/1/q"), "sqsd must keep a queue of its own"),
    ("worker", (SQSD, "VisibilityTimeout", "30"), "VisibilityTimeout 30 must be above InactivityTimeout 30"),
    ("worker", (SQSD, "MaxRetries", "0"), "'0' is not a whole number from 1 to 100"),
]


@pytest.mark.parametrize("tier", ["web", "worker"])
def test_what_ships_has_no_fault(tier: str) -> None:
    assert check(tier, read_extensions(ROOT, tier)) == []


@pytest.mark.parametrize(
    ("tier", "setting", "complaint"), PLANTED, ids=[f"{s[1]}={s[2]}" for _, s, _ in PLANTED]
)
def test_a_planted_fault_is_found(tier: str, setting: tuple[str, str, str], complaint: str) -> None:
    planted = Setting(*setting)
    others = [s for s in read_extensions(ROOT, tier) if s.name != planted.name]
    assert any(complaint in sentence for sentence in check(tier, [*others, planted]))


def test_a_setting_made_twice_is_found() -> None:
    settings = read_extensions(ROOT, "web")
    assert f"{ASG} MinSize: is set 2 times." in check("web", [*settings, Setting(ASG, "MinSize", "2")])


def test_both_forms_of_configuration_files_are_read() -> None:
    short = parse_extension("option_settings:\n  aws:autoscaling:asg:\n    MinSize: 2\n")
    long = parse_extension(
        "option_settings:\n  - namespace: aws:autoscaling:asg\n    option_name: MinSize\n    value: 2\n"
    )
    assert short == long == [Setting(ASG, "MinSize", "2")]


def test_settings_that_eb_create_would_override_are_listed() -> None:
    names = {setting.option for setting in overridden(read_extensions(ROOT, "web"))}
    assert names == {
        "SystemType",
        "EnvironmentType",
        "LoadBalancerType",
        "DeploymentPolicy",
        "BatchSizeType",
        "BatchSize",
        "RollingUpdateEnabled",
        "RollingUpdateType",
    }


def test_there_is_a_template_for_each_tier() -> None:
    assert sorted(environment.tier for environment in ENVIRONMENTS) == ["web", "worker"]


@pytest.mark.parametrize(
    ("variant", "parameters"), MADE, ids=[f"{v}-{'-'.join(p.values())}" for v, p in MADE]
)
def test_a_template_agrees_with_what_ships_and_sets_what_would_be_overridden(
    variant: str, parameters: dict[str, str]
) -> None:
    assert check_made(variant, parameters) == []


def test_bundles_of_another_balancer_than_the_template_makes_are_found() -> None:
    """The classic balancer with the application load balancer's files, and the other way round."""
    for variant, kind in (("", "classic"), ("classic", "application")):
        found = check_made(variant, {"LoadBalancerType": kind, "CertificateArn": ""})
        assert any("here beats" in sentence for sentence in found)
        assert any("does not have this" in sentence for sentence in found)


TEMPLATE = """
Parameters:
  Most: {Type: String, Default: "3"}
Resources:
  Web:
    Type: AWS::ElasticBeanstalk::Environment
    Properties:
      OptionSettings:
        - {Namespace: "aws:autoscaling:asg", OptionName: MaxSize, Value: !Ref Most}
        - {Namespace: "aws:autoscaling:asg", OptionName: Cooldown, Value: !Sub "${Unknown}"}
        - !If [Wide, {Namespace: "aws:autoscaling:asg", OptionName: MinSise, Value: 1}, !Ref "AWS::NoValue"]
  Worker:
    Type: AWS::ElasticBeanstalk::Environment
    Properties:
      Tier: {Name: Worker, Type: SQS/HTTP}
      OptionSettings:
        - {Namespace: "aws:elbv2:loadbalancer", OptionName: IdleTimeout, Value: 55}
"""


def test_faults_of_a_template_are_found(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(TEMPLATE)
    web, worker = read_template(tmp_path / "x.yaml")
    found = "\n".join(check_environment(web, read_extensions(ROOT, "web")))
    assert "'3' here beats '4' in .ebextensions" in found
    assert "MinSise: there is no such option" in found
    assert "BatchSize 5" not in found
    assert "aws:elasticbeanstalk:command DeploymentPolicy: must be set here too" in found
    assert "Cooldown" not in found, "only CloudFormation will know it"
    assert "no load balancer" in "\n".join(check_environment(worker, read_extensions(ROOT, "worker")))


def test_the_scaling_policys_queue_is_named_by_the_template() -> None:
    worker = next(environment for environment in ENVIRONMENTS if environment.tier == "worker")
    assert any(
        (s.namespace, s.option) == ("aws:elasticbeanstalk:customoption", "IngestQueueName")
        for s in worker.settings
    )
    assert "OptionName: IngestQueueName" in (ROOT / ".ebextensions/worker-20-scaling.config").read_text()


def test_time_limits_fit_each_other() -> None:
    web = {(s.namespace, s.option): s.value for s in read_extensions(ROOT, "web")}
    idle = int(web["aws:elbv2:loadbalancer", "IdleTimeout"] or 0)
    assert 0 < idle < 60, "Beanstalk's nginx closes idle connections after 60 s; the balancer must be first"
    drain = (ROOT / ".platform/hooks/predeploy/worker-20-drain.sh").read_text()
    stop = next(int(line.split("=")[1]) for line in drain.splitlines() if line.startswith("TimeoutStopSec="))
    worker = {(s.namespace, s.option): s.value for s in read_extensions(ROOT, "worker")}
    assert HARD_TIME_LIMIT_SECONDS + 10 < stop < int(worker[COMMAND, "Timeout"] or 0)


def test_cron_ticks_every_minute_where_the_tick_application_listens() -> None:
    import yaml

    cron = yaml.safe_load((ROOT / "cron.yaml").read_text())
    assert cron == {"version": 1, "cron": [{"name": "sweep", "url": "/tick/sweep", "schedule": "* * * * *"}]}


def test_the_eb_cli_ships_a_bundle_and_not_the_folder() -> None:
    import yaml

    config = yaml.safe_load((ROOT / ".elasticbeanstalk/config.yml").read_text())
    assert config["deploy"] == {"artifact": "build/web.zip"}
    made = yaml.load((ROOT / "deploy/cloudformation/environments.yaml").read_text(), TemplateLoader)  # noqa: S506
    assert made["Resources"]["Application"]["Properties"]["ApplicationName"] == {
        "Fn::Sub": "image-portal-${Stage}"
    }
    assert config["global"]["application_name"] == f"image-portal-{made['Parameters']['Stage']['Default']}"
