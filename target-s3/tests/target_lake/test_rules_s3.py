"""The same on S3: audit branches, the journal, quarantine and results, read from a bucket."""

from __future__ import annotations

import pytest

from columnar_target.errors import QualityError

from .lakes import Lake, record
from .test_journal import Dying
from .test_rules import ORDERS, SET_ASIDE, USERS, order, prices, quarantine, rules
from .upkeep import maintain

pytestmark = pytest.mark.slow


def test_loads_on_s3_are_checked_published_stopped_and_finished(
    s3_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = 'ReferentialIntegrity "who" "users.name" = 1.0'
    gated = rules(s3_lake, "orders", 'IsComplete "who"', SET_ASIDE, 'Sum "price" < 10', reference)
    ann = record("users", name="ann")
    s3_lake.load(ORDERS, order(1), order(2, -1.0), USERS, ann, run_id="first", **gated)
    assert prices(s3_lake) == {1: 1.0}
    assert [row["id"] for row in quarantine(s3_lake)] == [2]

    with pytest.raises(QualityError, match='Sum "price" < 10'):
        s3_lake.load(ORDERS, order(3, 9.5), **gated)
    with pytest.raises(QualityError, match="ReferentialIntegrity"):
        s3_lake.load(ORDERS, order(3, who="bob"), **gated)
    assert prices(s3_lake) == {1: 1.0}

    bob = record("users", name="bob")
    killed = (ORDERS, order(2, 2.0), order(3, who="bob"), USERS, bob)
    Dying(monkeypatch).load(s3_lake, *killed, at=2, after=False, run_id="killed", **gated)
    assert prices(s3_lake) == {1: 1.0, 2: 2.0, 3: 1.0}
    assert s3_lake.rows("users") == [{"name": "ann"}]
    assert maintain(s3_lake).journals_finished == 1
    assert s3_lake.rows("users") == [{"name": "ann"}, {"name": "bob"}]
    assert quarantine(s3_lake) == []
