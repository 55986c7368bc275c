"""What references to resources look like on AWS, as far as our templates have them."""

from collections.abc import Mapping
from typing import Any

from deploy.launch.resolve import Resolver

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
    "AWS::IAM::Role": "{0}",
    "AWS::SNS::Topic": "arn:aws:sns:eu-west-1:123456789012:{0}",
    "AWS::CertificateManager::Certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/0-1",
    "AWS::ElasticBeanstalk::Environment": "{0}",
    "AWS::ElasticBeanstalk::Environment.EndpointURL": "{0}.eu-west-1.elb.amazonaws.com",
}


def resolver(template: Mapping[str, Any], parameters: Mapping[str, str], made: Mapping[str, str]) -> Resolver:
    """A template with its parameters and the resources that it made (logical → physical names)."""

    def resource(name: str) -> str:
        logical, _, attribute = name.partition(".")
        kind = template["Resources"][logical]["Type"]
        return LOOKS[f"{kind}.{attribute}" if attribute else kind].format(made[logical])

    return Resolver(template, PSEUDO | dict(parameters), resource)
