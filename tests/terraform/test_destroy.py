"""What `terraform destroy` leaves where data are to outlive it, on an emulated AWS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deftunes_sandbox.aws import EmulatedAws
from tests.terraform.account import ARTIFACTS, LAKE, LOGS, NAME, PROTECTED, Account
from tests.terraform.planned import Planned
from tests.terraform.tool import Terraform

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("terraform")]

PROD = "deftunes-prod"
PROD_LAKE, PROD_ARTIFACTS, PROD_LOGS = (
    bucket.replace(NAME, PROD) for bucket in (LAKE, ARTIFACTS, LOGS)
)
BUCKETS = {PROD_LAKE, PROD_ARTIFACTS, PROD_LOGS}
OWN_STATE = "-state=prod.tfstate"  # plans of everything begin with nothing


def test_in_prod_a_destroy_leaves_buckets_as_protected_as_they_were_and_their_key(
    terraform: Terraform,
) -> None:
    """And who means a bucket too empties it and takes its guard out of the state."""
    with EmulatedAws() as aws:
        account = Account(aws)
        prod = replace(terraform, variables={"aws_endpoint_url": aws.url, "environment": "prod"})
        prod.with_variables("apply", "-auto-approve", "-target=module.data_lake", OWN_STATE)
        s3 = account.aws("s3")
        kept = s3.put_object(Bucket=PROD_LAKE, Key="landing_zone/x", Body=b"rows")
        protected = {bucket: account.protections(bucket) for bucket in BUCKETS}
        assert protected[PROD_LAKE] == PROTECTED
        keys = account.customer_keys()

        done = prod.with_variables("destroy", "-auto-approve", OWN_STATE, expect=1)
        said = _plain(done.stderr)
        for bucket in (PROD_LAKE, PROD_ARTIFACTS):  # and that of access logs waits for these
            assert f"{bucket} outlives terraform destroy" in said
        assert {bucket: account.protections(bucket) for bucket in BUCKETS} == protected
        assert account.customer_keys() == keys

        lake = "module.data_lake.module.lake"
        s3.delete_object(Bucket=PROD_LAKE, Key="landing_zone/x", VersionId=kept["VersionId"])
        prod.run("state", "rm", OWN_STATE, f"{lake}.terraform_data.kept")
        prod.with_variables("destroy", "-auto-approve", f"-target={lake}", OWN_STATE)
        assert {each["Name"] for each in s3.list_buckets()["Buckets"]} == BUCKETS - {PROD_LAKE}


def test_in_prod_a_warehouse_that_leaves_no_snapshot_is_guarded_too(
    terraform: Terraform, aws: EmulatedAws
) -> None:
    """By a plan only: no emulator has Redshift Serverless."""
    told = {
        "aws_endpoint_url": aws.url,
        "environment": "prod",
        "warehouse": {"mode": "serverless"},
    }
    planned = Planned(replace(terraform, variables=told).plan())
    assert planned.guards() == {
        "module.data_lake.module.access_logs": False,
        "module.data_lake.module.artifacts": False,
        "module.data_lake.module.lake": False,
        "module.serving": False,
    }


def _plain(framed: str) -> str:
    """What Terraform says, without the frame that it draws and its line breaks."""
    return " ".join(framed.replace("│", " ").split())
