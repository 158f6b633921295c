"""What is in the emulated account, as boto3 reads it back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import boto3

from deftunes_sandbox.aws import EmulatedAws

NAME = "deftunes-emulated"
LAKE = f"{NAME}-lake-123456789012"
ARTIFACTS = f"{NAME}-artifacts-123456789012"
LOGS = f"{NAME}-access-logs-123456789012"
PROTECTED: dict[str, Any] = {
    "versioning": "Enabled",
    "encryption": "aws:kms",
    "public": False,
    "denied": {"aws:SecureTransport": "false", "s3:TlsVersion": "1.2"},
    "aborts_uploads_after": 2,
    "owner": "BucketOwnerEnforced",
}
"""How a bucket is protected, as `Account.protections` tells it."""
_LISTS = (
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ecr", "describe_repositories", "repositories", "repositoryName"),
    ("events", "list_rules", "Rules", "Name"),
    ("glue", "get_databases", "DatabaseList", "Name"),
    ("glue", "list_data_quality_rulesets", "Rulesets", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("redshift", "describe_clusters", "Clusters", "ClusterIdentifier"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("scheduler", "list_schedules", "Schedules", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
)
"""Service, its call, what that lists, and the name of each."""


@dataclass(frozen=True)
class Account:
    """The one account of an emulated AWS.

    Attributes:
        emulated: The AWS.
    """

    emulated: EmulatedAws

    def aws(self, service: str) -> Any:
        """A client of boto3 for the emulated AWS."""
        keys = self.emulated.environment
        return boto3.client(
            service,
            endpoint_url=self.emulated.url,
            region_name=keys["AWS_REGION"],
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )

    def protections(self, bucket: str) -> dict[str, Any]:
        """How a bucket is protected."""
        s3 = self.aws("s3")
        rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        default = rules["Rules"][0]["ApplyServerSideEncryptionByDefault"]
        if "KMSMasterKeyID" in default:
            assert default["KMSMasterKeyID"] in self.customer_keys()
        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        aborts = [
            rule["AbortIncompleteMultipartUpload"] for rule in lifecycle if "Abort" in f"{rule}"
        ]
        owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
        return {
            "versioning": s3.get_bucket_versioning(Bucket=bucket).get("Status"),
            "encryption": default["SSEAlgorithm"],
            "public": not all(block.values()),
            "denied": {
                name: value
                for statement in policy["Statement"]
                if statement["Effect"] == "Deny" and statement["Principal"] in ("*", {"AWS": "*"})
                for test in statement["Condition"].values()
                for name, value in test.items()
            },
            "aborts_uploads_after": aborts[0]["DaysAfterInitiation"],
            "owner": owner["Rules"][0]["ObjectOwnership"],
        }

    def customer_keys(self) -> set[str]:
        """ARNs of the keys that are in use and ours."""
        kms = self.aws("kms")
        told = [
            kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]
        ]
        return {
            key["Arn"]
            for key in told
            if (key["KeyManager"], key["KeyState"]) == ("CUSTOMER", "Enabled")
        }

    def families(self) -> set[str]:
        """Names of all task definitions."""
        told = self.aws("ecs").list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
        return {arn.rpartition("/")[2].partition(":")[0] for arn in told}

    def task(self, family: str) -> dict[str, Any]:
        """The newest revision of a task definition."""
        told = self.aws("ecs").describe_task_definition(taskDefinition=family)
        return dict(told["taskDefinition"])

    def databases(self) -> dict[str, str]:
        """Where the databases of Glue's catalog are."""
        told = self.aws("glue").get_databases()["DatabaseList"]
        return {database["Name"]: database["LocationUri"] for database in told}

    def rulesets(self) -> set[str]:
        """Names of the rule sets."""
        told = self.aws("glue").list_data_quality_rulesets()["Rulesets"]
        return {ruleset["Name"] for ruleset in told}

    def role_policies(self) -> dict[str, list[str]]:
        """The policies of every role of ours, as JSON."""
        iam = self.aws("iam")
        found = {}
        for role in iam.list_roles()["Roles"]:
            name = role["RoleName"]
            if name.startswith(NAME):
                assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
                found[name] = [
                    json.dumps(
                        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                    )
                    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
                ]
        return found

    def secret_values(self) -> list[str]:
        """All that is kept in secrets and is too long to be elsewhere by chance."""
        secrets = self.aws("secretsmanager")
        found = []
        for secret in secrets.list_secrets()["SecretList"]:
            if not secret["Name"].endswith("purchase-api"):  # which has no value yet
                value = secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"]
                found += [part for part in json.loads(value).values() if len(part) > 20]
        return found

    def keys(self, bucket: str, prefix: str = "") -> set[str]:
        """Keys of a bucket's objects."""
        pages = (
            self.aws("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        )
        return {each["Key"] for page in pages for each in page.get("Contents", [])}

    def asked_of_the_lake(self, bucket: str) -> set[tuple[str, str]]:
        """What was asked of S3 and Glue, as action and resource of a policy."""
        account = "arn:aws:glue:us-east-1:123456789012:catalog"
        found = set()
        for call in self.emulated.calls():
            service, _, rest = call.partition(" ")
            if service == "glue":
                found.add((f"glue:{rest}", account))
            elif service == "s3":
                verb, _, path = rest.partition(" ")
                place, _, query = path.partition("?")
                if place.split("/")[1] == bucket:
                    found.add(_of_s3(verb, place.removeprefix("/"), query))
        return found

    def left(self) -> dict[str, list[str]]:
        """All that is there, by what it is."""
        found = {
            f"{service} {listed}": sorted(
                each[name] for each in getattr(self.aws(service), call)()[listed]
            )
            for service, call, listed, name in _LISTS
        }
        queues = self.aws("sqs").list_queues().get("QueueUrls", [])
        return {
            **found,
            "keys": sorted(self.customer_keys()),
            "tasks": sorted(self.families()),
            "queues": sorted(queues),
        }


def _of_s3(verb: str, place: str, query: str) -> tuple[str, str]:
    arn = f"arn:aws:s3:::{place}"
    if "/" not in place.removesuffix("/"):
        arn = arn.removesuffix("/")
        location = "location" in query.split("&")
        return ("s3:GetBucketLocation" if location else "s3:ListBucket", arn)
    if verb == "DELETE" and "uploadId" in query:
        return ("s3:AbortMultipartUpload", arn)
    action = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}[verb]
    return (f"s3:{action}Object", arn)
