"""CloudFormation's functions, as far as conditions and outputs of our templates use them."""

import re
from collections.abc import Mapping
from typing import Any

PSEUDO = {
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::StackName": "stack",
}
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
# What a reference to a resource of a kind, or to one of its attributes, looks like.
LOOKS: dict[str, str] = {
    "AWS::EC2::VPC": "vpc-0{0}",
    "AWS::EC2::Subnet": "subnet-0{0}",
    "AWS::EC2::SecurityGroup.GroupId": "sg-0{0}",
    "AWS::SQS::Queue": "https://sqs.eu-west-1.amazonaws.com/123456789012/{0}",
    "AWS::SQS::Queue.QueueName": "{0}",
    "AWS::Cognito::UserPool": "eu-west-1_Pool00001",
    "AWS::Cognito::UserPoolClient": "client0000000000000000001",
    "AWS::S3::Bucket": "{0}",
    "AWS::S3::Bucket.RegionalDomainName": "{0}.s3.eu-west-1.amazonaws.com",
    "AWS::SecretsManager::Secret": SECRET + "{0}",
    "AWS::RDS::DBInstance.MasterUserSecret.SecretArn": SECRET + "rds!db-1",
    "AWS::RDS::DBInstance.Endpoint.Address": "{0}.rds.amazonaws.com",
    "AWS::RDS::DBInstance.Endpoint.Port": "3306",
    "AWS::IAM::InstanceProfile": "{0}",
    "AWS::SNS::Topic": "arn:aws:sns:eu-west-1:123456789012:{0}",
    "AWS::CertificateManager::Certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/0-1",
    "AWS::ElasticBeanstalk::Environment": "{0}",
    "AWS::ElasticBeanstalk::Environment.EndpointURL": "{0}.eu-west-1.elb.amazonaws.com",
}


class Resolver:
    """A template with its parameters and the resources that it made (logical → physical names)."""

    def __init__(
        self, template: Mapping[str, Any], parameters: Mapping[str, str], made: Mapping[str, str]
    ) -> None:
        self._template = template
        self._parameters = parameters
        self._made = made

    def holds(self, condition: str | None) -> bool:
        """Whether a condition holds; none always does."""
        return condition is None or bool(self.value(self._template["Conditions"][condition]))

    def outputs(self) -> dict[str, str]:
        """The outputs whose conditions hold."""
        declared = self._template.get("Outputs", {})
        return {n: str(self.value(o["Value"])) for n, o in declared.items() if self.holds(o.get("Condition"))}

    def value(self, part: Any) -> Any:
        """A value with its functions done."""
        if not isinstance(part, dict):
            return part
        [(kind, given)] = part.items()
        match kind:
            case "Condition":
                return self.holds(given)
            case "Ref":
                return self._named(given)
            case "Fn::GetAtt":
                return self._named(given if isinstance(given, str) else ".".join(given))
            case "Fn::Equals":
                return str(self.value(given[0])) == str(self.value(given[1]))
            case "Fn::Not":
                return not self.value(given[0])
            case "Fn::And":
                return all(self.value(each) for each in given)
            case "Fn::If":
                return self.value(given[1] if self.holds(given[0]) else given[2])
            case "Fn::Join":
                parts = self.value(given[1])
                return given[0].join(map(str, map(self.value, parts))) if isinstance(parts, list) else parts
            case "Fn::Sub":
                text, names = given if isinstance(given, list) else (given, {})
                return re.sub(
                    r"\$\{([\w:.]+)\}",
                    lambda found: str(
                        self.value(names[found[1]]) if found[1] in names else self._named(found[1])
                    ),
                    text,
                )
            case _:
                raise NotImplementedError(kind)

    def _named(self, name: str) -> str:
        for known in (PSEUDO, self._parameters):
            if name in known:
                return known[name]
        logical, _, attribute = name.partition(".")
        kind = self._template["Resources"][logical]["Type"]
        return LOOKS[f"{kind}.{attribute}" if attribute else kind].format(self._made[logical])
