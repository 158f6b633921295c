"""The lake, made on an emulated AWS: the thin slice of test_apply.py in `make test`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deftunes_sandbox.aws import EmulatedAws
from tests.terraform.account import ARTIFACTS, LAKE, LOGS, PROTECTED, Account
from tests.terraform.tool import Terraform

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]


def test_a_target_brings_its_buckets_with_all_their_protections(
    terraform: Terraform, aws: EmulatedAws
) -> None:
    lake = replace(terraform, variables={"aws_endpoint_url": aws.url})
    own_state = "-state=lake.tfstate"  # plans of everything begin with nothing
    lake.with_variables("apply", "-auto-approve", "-target=module.data_lake", own_state)
    account = Account(aws)
    assert account.protections(LAKE) == PROTECTED
    assert account.protections(ARTIFACTS) == PROTECTED
    # S3 delivers access logs to no bucket with a customer key
    assert account.protections(LOGS) == {**PROTECTED, "encryption": "AES256"}
