"""RECORD and BATCH: whatever a load becomes by the one, it becomes by the other.

Tests of other modules, held here against two lakes: one gets BATCHes, its twin the same as
RECORDs, and after every load all that is in them is compared. `make heavy` sends the whole suite by
BATCH besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deftunes_sandbox.taps.modes import IN_BATCHES, SENT

from . import (
    test_deletes,
    test_landing,
    test_merge,
    test_refused,
    test_rules,
    test_schema_changes,
    test_state,
)
from .twins import Twins

HELD_AGAINST_BOTH = (
    test_deletes.test_a_source_that_is_empty_is_told_by_two_activations_in_a_row,
    test_deletes.test_a_version_activated_after_its_records_removes_what_it_did_not_bring,
    test_deletes.test_a_whole_read_without_keys_marks_the_rows_before_it,
    test_deletes.test_an_activation_after_the_last_state_does_not_count_where_state_decides,
    test_deletes.test_by_default_such_a_row_is_kept_and_marked_once,
    test_deletes.test_versions_that_come_in_pieces_delete_nothing,
    test_landing.test_every_record_lands_in_order_of_arrival_with_its_types,
    test_merge.test_a_replaced_group_loses_the_rows_that_did_not_come_again,
    test_merge.test_a_schema_that_changes_within_a_run_keeps_the_order_of_versions,
    test_merge.test_of_a_group_that_comes_twice_in_a_run_the_last_version_counts,
    test_merge.test_the_last_of_several_versions_in_one_run_counts,
    test_refused.test_a_key_that_is_null_or_not_there_is_refused_by_name,
    test_refused.test_a_record_that_breaks_its_schema_as_a_whole_is_refused_by_its_key,
    test_refused.test_what_breaks_its_schema_is_refused_by_stream_column_key_and_rule,
    test_rules.test_a_load_that_keeps_its_rules_is_published_whole,
    test_rules.test_a_row_leaves_quarantine_when_a_good_version_of_it_comes,
    test_rules.test_another_table_is_read_as_it_is_to_become,
    test_rules.test_rows_set_aside_are_kept_with_rule_run_and_time_and_the_others_are_published,
    test_schema_changes.test_a_column_that_is_new_within_a_run,
    test_schema_changes.test_a_wider_column,
    test_schema_changes.test_what_is_discarded_is_still_in_the_landing_zone,
    test_state.test_the_snapshot_holds_state_and_run_with_the_data,
)
globals().update({test.__name__: test for test in HELD_AGAINST_BOTH})

three = test_deletes.three
pytestmark = pytest.mark.slow


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Twins]:
    before = SENT[IN_BATCHES]
    lake = Twins(tmp_path / "lake")
    yield lake
    lake.close()
    assert SENT[IN_BATCHES] > before, "nothing went in a BATCH: this compares nothing"
