"""An emulated AWS that Terraform works on, with the sources and the warehouse beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import yaml

from deftunes_sandbox import Sandbox
from deftunes_sandbox.aws import EmulatedAws
from tests.project import ROOT, Project
from tests.terraform.tool import Terraform

NAME = "deftunes-emulated"


@dataclass
class Platform:
    """What Terraform makes, and how it is looked at.

    Attributes:
        terraform: Terraform, in its copy of the project.
        emulated: The AWS that it works on.
        sandbox: The sources.
        redshift_url: The warehouse that all clusters are.
        songs_secret: ARN of the secret with the songs database's password.
        stand_in: Variables of the warehouse that a stand-in has otherwise than a cluster: IAM's
            login, TLS, a port that clusters may have.
        before: What there was before Terraform came.
    """

    terraform: Terraform
    emulated: EmulatedAws
    sandbox: Sandbox
    redshift_url: str
    songs_secret: str
    stand_in: Mapping[str, str]
    before: dict[str, list[str]] = field(default_factory=dict)

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

    def apply(self, module: str | None = None) -> None:
        """Apply a module with what it rests on, or everything."""
        target = [] if module is None else [f"-target=module.{module}"]
        self.terraform.with_variables("apply", "-auto-approve", *target)

    def script(self, name: str, *arguments: str) -> str:
        """Run one of scripts/ on what was applied."""
        places = {"deploy": "--project", "aws_env": "--file"}
        place = self.terraform.project / (".env" if name == "aws_env" else "")
        done = subprocess.run(
            [
                sys.executable,
                str(ROOT / f"scripts/{name}.py"),
                f"--terraform={self.terraform.folder}",
                f"{places[name]}={place}",
                *arguments,
            ],
            env={**os.environ, **self.emulated.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def leave_the_rest_to_dotenv(self) -> None:
        """Let the environment `emulated` name nothing that Terraform names."""
        file = self.terraform.project / "environments/emulated.meltano.yml"
        content = yaml.safe_load(file.read_text("utf-8"))
        variables = content["environments"][0]["env"]
        written = (self.terraform.project / ".env").read_text("utf-8")
        for name in [name for name in variables if not name.startswith("AWS_")]:
            del variables[name]
            assert f"{name}=" in written or f"# {name}: " in written, name
        secret = self.aws("secretsmanager").get_secret_value(SecretId=self.songs_secret)
        password = json.loads(secret["SecretString"])["password"]
        variables.update(self.emulated.environment, **self.stand_in)
        variables["DEFTUNES_SONGS_PASSWORD"] = password  # as ECS would hand it to the task
        file.write_text(yaml.safe_dump(content), "utf-8")

    def meltano(self, *words: str) -> None:
        """Run a line in the environment `emulated`, which has its state on S3."""
        project = _ByDotenv(self.terraform.project, self.sandbox, aws=self.emulated.environment)
        project.meltano("--environment=emulated", *words)

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
                    found.add(_of_s3(verb, place.strip("/"), query))
        return found

    def left(self) -> dict[str, list[str]]:
        """All that is there, by service."""
        found: dict[str, Callable[[], list[str]]] = {
            "buckets": lambda: _names(self.aws("s3").list_buckets()["Buckets"], "Name"),
            "roles": lambda: _names(self.aws("iam").list_roles()["Roles"], "RoleName"),
            "keys": lambda: sorted(self.customer_keys()),
            "networks": lambda: _names(self.aws("ec2").describe_vpcs()["Vpcs"], "VpcId"),
            "groups": lambda: _names(
                self.aws("ec2").describe_security_groups()["SecurityGroups"], "GroupId"
            ),
            "logs": lambda: _names(
                self.aws("logs").describe_log_groups()["logGroups"], "logGroupName"
            ),
            "tasks": lambda: sorted(self.families()),
            "databases": lambda: sorted(self.databases()),
            "rulesets": lambda: sorted(self.rulesets()),
            "clusters": lambda: _names(
                self.aws("redshift").describe_clusters()["Clusters"], "ClusterIdentifier"
            ),
            "repositories": lambda: _names(
                self.aws("ecr").describe_repositories()["repositories"], "repositoryName"
            ),
            "rules": lambda: _names(self.aws("events").list_rules()["Rules"], "Name"),
            "schedules": lambda: _names(
                self.aws("scheduler").list_schedules()["Schedules"], "Name"
            ),
            "topics": lambda: _names(self.aws("sns").list_topics()["Topics"], "TopicArn"),
            "queues": lambda: sorted(self.aws("sqs").list_queues().get("QueueUrls", [])),
            "alarms": lambda: _names(
                self.aws("cloudwatch").describe_alarms()["MetricAlarms"], "AlarmName"
            ),
            "parameters": lambda: _names(
                self.aws("ssm").describe_parameters()["Parameters"], "Name"
            ),
        }
        return {what: look() for what, look in found.items()}


@dataclass
class _ByDotenv(Project):
    """A project that is told of its sources and its lake by .env alone.

    Attributes:
        aws: Where AWS is: Meltano's own state is there.
    """

    aws: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        told = super().environment
        return {
            **{name: value for name, value in told.items() if not name.startswith("TAP_")},
            **self.aws,
        }


def _of_s3(verb: str, place: str, query: str) -> tuple[str, str]:
    arn = f"arn:aws:s3:::{place}"
    if "/" not in place:
        location = "location" in query.split("&")
        return ("s3:GetBucketLocation" if location else "s3:ListBucket", arn)
    if verb == "DELETE" and "uploadId" in query:
        return ("s3:AbortMultipartUpload", arn)
    action = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}[verb]
    return (f"s3:{action}Object", arn)


def _names(told: list[dict[str, Any]], key: str) -> list[str]:
    return sorted(each[key] for each in told)
