"""What Terraform reads back of a platform, where moto alone would not tell it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.aws import EmulatedAws

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("aws")]

LABELLED = 'Rules = [ IsComplete "a" labels=["policy"="warn"] ]'


@pytest.fixture(scope="module")
def aws() -> Iterator[EmulatedAws]:
    with EmulatedAws() as running:
        yield running


@pytest.fixture(scope="module")
def ask(aws: EmulatedAws) -> Any:
    keys = aws.environment

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=aws.url,
            region_name=keys["AWS_REGION"],
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )

    return client


def test_a_rule_set_is_kept_and_one_with_labels_is_refused(ask: Any) -> None:
    glue = ask("glue")
    rules = '# which must be there\nRules = [ IsComplete "a" ]'
    target = {"DatabaseName": "db", "TableName": "t"}
    glue.create_data_quality_ruleset(Name="r", Ruleset=rules, TargetTable=target)
    told = glue.get_data_quality_ruleset(Name="r")
    assert (told["Ruleset"], told["TargetTable"]) == (rules, target)
    with pytest.raises(ClientError, match="InvalidInputException"):
        glue.update_data_quality_ruleset(Name="r", Ruleset=LABELLED)
    with pytest.raises(ClientError, match="InvalidInputException"):
        glue.create_data_quality_ruleset(Name="other", Ruleset=LABELLED)
    glue.delete_data_quality_ruleset(Name="r")
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.get_data_quality_ruleset(Name="r")


def test_statements_run_on_the_warehouse_that_is_told_and_say_why_they_fail(
    aws: EmulatedAws, ask: Any
) -> None:
    data = ask("redshift-data")

    def state_of(sql: str) -> tuple[str, str]:
        started = data.execute_statement(ClusterIdentifier="c", Database="dev", Sql=sql)
        told = data.describe_statement(Id=started["Id"])
        return told["Status"], told.get("Error", "")

    assert state_of("select from nowhere at all") == ("FINISHED", "")  # nothing runs it
    settings = SandboxSettings(api_port=0, songs_port=0, songs=100)
    with Sandbox(settings, services=("songs",)) as sandbox:  # any PostgreSQL will do
        aws.put_warehouse(sandbox.songs.url())
        try:
            assert state_of("create table made (a int)") == ("FINISHED", "")
            status, error = state_of("create table made (a int)")
            assert (status, 'relation "made" already exists' in error) == ("FAILED", True)
        finally:
            aws.put_warehouse("")


def test_a_statement_is_told_without_its_role_and_for_a_day_only(
    aws: EmulatedAws, ask: Any
) -> None:
    """Who compares what is told with what was run finds that it differs."""
    data = ask("redshift-data")
    sql = "create external schema s from data catalog database 'd' iam_role 'arn:aws:iam::1:role/r'"
    started = data.execute_statement(ClusterIdentifier="c", Database="dev", Sql=sql)
    told = data.describe_statement(Id=started["Id"])
    assert told["QueryString"] == sql.replace("arn:aws:iam::1:role/r", "***")
    aws.forget_statements()
    with pytest.raises(ClientError, match=r"ValidationException.* it has expired after"):
        data.describe_statement(Id=started["Id"])
    later = data.execute_statement(ClusterIdentifier="c", Database="dev", Sql="select 1")
    assert data.describe_statement(Id=later["Id"])["QueryString"] == "select 1"


def test_a_cluster_keeps_its_password_in_a_secret_and_is_where_the_warehouse_is(
    aws: EmulatedAws, ask: Any
) -> None:
    redshift = ask("redshift")
    redshift.create_cluster(
        ClusterIdentifier="c",
        NodeType="ra3.large",
        MasterUsername="admin",
        ManageMasterPassword=True,
        ClusterType="single-node",
    )
    told = redshift.describe_clusters()["Clusters"][0]
    secret = ask("secretsmanager").get_secret_value(SecretId=told["MasterPasswordSecretArn"])
    assert '"username": "admin"' in secret["SecretString"]
    assert told["Endpoint"]["Address"].endswith(".redshift.amazonaws.com")
    aws.put_warehouse("postgresql://somebody@127.0.0.1:15439/dev")
    try:
        told = redshift.describe_clusters()["Clusters"][0]
    finally:
        aws.put_warehouse("")
    assert told["Endpoint"] == {"Address": "127.0.0.1", "Port": 5439}


def test_a_bucket_that_asks_for_tls_can_be_used(ask: Any) -> None:
    s3 = ask("s3")
    s3.create_bucket(Bucket="safe")
    s3.put_bucket_policy(
        Bucket="safe",
        Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", '
        '"Action": "s3:*", "Resource": "arn:aws:s3:::safe/*", '
        '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}',
    )
    s3.put_object(Bucket="safe", Key="k", Body=b"v")
    assert s3.get_object(Bucket="safe", Key="k")["Body"].read() == b"v"


def test_a_bucket_whose_versions_are_suspended_can_be_emptied(ask: Any) -> None:
    s3 = ask("s3")
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="versions", Key="k", Body=b"v")
    s3.delete_object(Bucket="versions", Key="k")
    # as Terraform does when it destroys one
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Suspended"})
    listed = s3.list_object_versions(Bucket="versions")["Versions"]
    told = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed]
    s3.delete_objects(Bucket="versions", Delete={"Objects": told})
    s3.delete_bucket(Bucket="versions")
    assert "versions" not in {each["Name"] for each in s3.list_buckets()["Buckets"]}
