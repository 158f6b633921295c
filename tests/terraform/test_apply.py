"""The platform, made on an emulated AWS, looked at, used, and removed again.

The steps are one story, told in order: each test is a promise about where it has come to.
"""

from __future__ import annotations

import psycopg
import pytest

from tests.project import ROOT, ask
from tests.terraform.account import ARTIFACTS, LAKE, LOGS, NAME, PROTECTED
from tests.terraform.applied import Platform
from tests.terraform.policies import allows, too_wide
from tests.terraform.readme import TEXT, steps
from tests.terraform.wildcards import of_policies, of_readme

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("terraform")]

MODULES = {
    "data-quality": "data_quality",
    "dbt": "serving",
    "extract-api": "extract_job",
    "extract-rds": "extract_job",
    "flow-logs": "network",
    "lake-reader": "serving",
    "lake-upkeep": "transform_job",
    "scheduler": "orchestration",
    "task-execution": "runtime",
}
"""By role: the module whose it is."""
JOBS = {
    "api-extract-job",
    "api-sessions-extract-job",
    "api-users-extract-job",
    "dbt-build-job",
    "lake-maintain-job",
    "lake-rebuild-job",
    "rds-extract-job",
}


def test_the_first_target_makes_the_lake_with_all_its_protections(platform: Platform) -> None:
    platform.apply("extract_job")
    assert platform.account.families() == {f"{NAME}-{job}" for job in JOBS if "extract" in job}
    assert platform.account.protections(LAKE) == PROTECTED


def test_the_other_targets_follow_in_their_order(platform: Platform) -> None:
    platform.apply("transform_job")
    assert platform.account.databases() == {
        "deftunes_transform": f"s3://{LAKE}/transform_zone/",
        "deftunes_transform_quality": f"s3://{LAKE}/transform_zone_quality/",
        "deftunes_transform_quarantine": f"s3://{LAKE}/transform_zone_quarantine/",
    }
    platform.apply("serving")
    cluster = platform.account.aws("redshift").describe_clusters()["Clusters"][0]
    assert (cluster["Encrypted"], cluster["PubliclyAccessible"]) == (True, False)
    platform.apply("data_quality")
    assert platform.account.rulesets() == {
        f"{NAME}-{file.stem}" for file in ROOT.glob("quality/*.dqdl")
    }


def test_a_deployment_is_told_done_once_and_then_nothing_is_left_to_do(
    platform: Platform,
) -> None:
    """And it has a place before anything is there that would start what it brings."""
    assert platform.account.protections(ARTIFACTS) == PROTECTED
    told = platform.deploy(dry_run=True)
    assert platform.account.keys(ARTIFACTS) == set()
    done = platform.deploy()
    assert done.splitlines()[:-1] == told.splitlines()[:-1]
    dags = {
        file.relative_to(ROOT / "orchestrate").as_posix()
        for file in ROOT.glob("orchestrate/dags/*.py")
    }
    models = {file.relative_to(ROOT).as_posix() for file in ROOT.glob("transform/models/**/*.sql")}
    rules = {f"quality/{file.name}" for file in ROOT.glob("quality/*.dqdl")}
    assert platform.account.keys(ARTIFACTS) >= {*dags, *models, *rules, "airflow/startup.sh"}
    assert platform.account.aws("scheduler").list_schedules()["Schedules"] == []


def test_after_all_of_it_there_is_nothing_left_to_change(platform: Platform) -> None:
    platform.apply()
    assert platform.write_dotenv().endswith("; secrets stay where they are\n")
    assert platform.steps == steps()  # and this was all that the README has one type
    planned = platform.terraform.with_variables("plan", "-detailed-exitcode", expect=None)
    assert planned.returncode == 0, planned.stdout[-3000:]


def test_a_day_later_there_is_still_nothing_to_change(platform: Platform) -> None:
    """AWS has forgotten then what was run in the warehouse; running it again would fail."""
    platform.emulated.forget_statements()
    planned = platform.terraform.with_variables("plan", "-detailed-exitcode", expect=None)
    assert planned.returncode == 0, planned.stdout[-3000:]


def test_every_bucket_is_private_versioned_and_asks_for_tls(platform: Platform) -> None:
    assert platform.account.protections(LAKE) == PROTECTED
    assert platform.account.protections(ARTIFACTS) == PROTECTED
    # S3 delivers access logs to no bucket with a customer key
    assert platform.account.protections(LOGS) == {**PROTECTED, "encryption": "AES256"}


def test_every_store_is_encrypted_with_a_customer_key(platform: Platform) -> None:
    keys = platform.account.customer_keys()
    groups = platform.account.aws("logs").describe_log_groups()["logGroups"]
    assert {group["logGroupName"]: group.get("kmsKeyId") in keys for group in groups} == {
        **{
            f"/aws/redshift/cluster/{NAME}/{log}log": True
            for log in ("connection", "user", "useractivity")
        },
        f"/aws/ecs/containerinsights/{NAME}/performance": True,
        f"/{NAME}/flow-logs": True,
        f"/{NAME}/meltano": True,
        f"/aws/events/{NAME}-runs": True,
    }
    repository = platform.account.aws("ecr").describe_repositories()["repositories"][0]
    assert repository["encryptionConfiguration"]["kmsKey"] in keys
    assert platform.account.aws("redshift").describe_clusters()["Clusters"][0]["KmsKeyId"] in keys
    topic = platform.account.aws("sns").list_topics()["Topics"][0]["TopicArn"]
    attributes = platform.account.aws("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["KmsMasterKeyId"] in keys
    queue = platform.account.aws("sqs").list_queues()["QueueUrls"][0]
    told = platform.account.aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    assert told["Attributes"]["KmsMasterKeyId"] in keys
    secret = platform.account.aws("secretsmanager").describe_secret(SecretId=f"{NAME}/purchase-api")
    assert secret["KmsKeyId"] in keys
    workgroup = platform.account.aws("athena").get_work_group(WorkGroup=NAME)["WorkGroup"]
    results = workgroup["Configuration"]["ResultConfiguration"]["EncryptionConfiguration"]
    assert results["KmsKey"] in keys
    for key in keys:
        told = platform.account.aws("kms").get_key_rotation_status(KeyId=key)
        assert told["KeyRotationEnabled"] is True


def test_no_role_that_was_made_may_do_more_than_it_names(platform: Platform) -> None:
    documents = platform.account.role_policies()
    assert set(documents) == {f"{NAME}-{role}" for role in MODULES}
    found = {
        role: [wide for text in texts for wide in too_wide(text)]
        for role, texts in documents.items()
    }
    assert {role: wide for role, wide in found.items() if wide} == {}
    # of these, a plan does not know those that name a key or a secret
    named = [
        (MODULES[role.removeprefix(f"{NAME}-")], text)
        for role, texts in documents.items()
        for text in texts
    ]
    assert of_policies(named) - of_readme(TEXT) == set()


def test_tasks_have_a_read_only_image_and_no_secret_in_their_definition(
    platform: Platform,
) -> None:
    told = platform.terraform.output("meltano_env")
    for family in platform.account.families():
        definition = platform.account.task(family)
        container = definition["containerDefinitions"][0]
        assert container["readonlyRootFilesystem"] is True
        set_here = {each["name"] for each in container["environment"]}
        assert not set_here & told["secrets"].keys()
        assert {each["name"] for each in container["secrets"]} <= {
            *told["secrets"],
            "REDSHIFT_HOST",
        }
    songs = platform.account.task(f"{NAME}-rds-extract-job")["containerDefinitions"][0]
    assert songs["secrets"] == [
        {"name": "DEFTUNES_SONGS_PASSWORD", "valueFrom": f"{platform.songs_secret}:password::"}
    ]


def test_no_secret_is_in_the_state(platform: Platform) -> None:
    state = (platform.terraform.folder / "terraform.tfstate").read_text("utf-8")
    values = platform.account.secret_values()
    assert len(values) == 2  # the warehouse's, and the canary beside the songs database's
    assert [value for value in values if value in state] == []


def test_the_warehouse_has_dbts_user_its_schema_and_the_lakes_tables(platform: Platform) -> None:
    with psycopg.connect(platform.redshift_url, autocommit=True) as connection:
        owner = connection.execute(
            "select u.usename::text from pg_namespace as n join pg_user as u "
            "on u.usesysid = n.nspowner where n.nspname = 'deftunes_serving'"
        ).fetchone()
        external = connection.execute(
            "select databasename::text, esoptions::text from svv_external_schemas "
            "where schemaname = 'deftunes_transform'"
        ).fetchone()
    assert owner == (f"iamr:{NAME}-dbt",)
    assert external is not None
    assert external[0] == "deftunes_transform"
    assert f"role/{NAME}-lake-reader" in external[1]


def test_what_was_brought_and_written_once_is_left_alone(platform: Platform) -> None:
    again = platform.deploy()
    assert again.endswith(" 0 changed\n")
    assert len(again.splitlines()) == 1
    assert platform.write_dotenv() == ".env says so already\n"


def test_the_songs_database_is_connected_both_ways(platform: Platform) -> None:
    peering = platform.terraform.variables["songs_database"]["peering"]
    ec2 = platform.account.aws("ec2")
    [connection] = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert connection["AccepterVpcInfo"]["VpcId"] == peering["vpc_id"]
    assert connection["Status"]["Code"] == "active"
    ways = {
        (route["DestinationCidrBlock"], table["RouteTableId"] in peering["route_table_ids"])
        for table in ec2.describe_route_tables()["RouteTables"]
        for route in table["Routes"]
        if route.get("VpcPeeringConnectionId") == connection["VpcPeeringConnectionId"]
    }
    assert ways == {("10.20.0.0/16", True), ("172.31.0.0/16", False)}


def test_the_line_runs_in_what_was_made(platform: Platform) -> None:
    """The product's sentence, with the .env that `make aws-env` writes."""
    platform.leave_the_rest_to_dotenv()
    platform.emulated.forget_calls()
    platform.meltano("run", "tap-postgres", "target-s3", "tap-deftunes-api", "target-s3", "dbt:run")
    with psycopg.connect(platform.redshift_url, autocommit=True) as connection:
        sold = connection.execute(
            "select count(*), sum(price) from deftunes_serving.fact_session"
        ).fetchone()
    answers = ask(platform.sandbox, set())
    assert sold == (len(answers.items), answers.revenue)
    assert platform.account.keys(LAKE, "meltano_state/") >= {
        "meltano_state/emulated:tap-deftunes-api-to-target-s3/state.json",
        "meltano_state/emulated:tap-postgres-to-target-s3/state.json",
    }


def test_what_the_line_asked_of_the_lake_is_what_its_roles_allow(platform: Platform) -> None:
    documents = platform.account.role_policies()
    roles = [*documents[f"{NAME}-extract-api"], *documents[f"{NAME}-extract-rds"]]
    roles += documents[f"{NAME}-lake-reader"]
    # the ids of states begin with the environment's name
    roles = [text.replace("/aws:tap-", "/emulated:tap-") for text in roles]
    asked = platform.account.asked_of_the_lake(LAKE)
    assert len(asked) > 20
    refused = {call for call in asked if not allows(roles, *call)}
    assert refused == set()


def test_nothing_is_left_after_destroy(platform: Platform) -> None:
    platform.terraform.with_variables("destroy", "-auto-approve")
    assert platform.account.left() == platform.before
