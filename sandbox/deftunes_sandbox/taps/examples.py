"""How many examples hypothesis tries: a few and always the same, or many and new ones."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

MANY = int(os.environ.get("DEFTUNES_EXAMPLES", "0"))
"""Set by `make chaos`, which also gives the seed."""


def examples(few: int, *, steps: int = 0) -> settings:
    """Settings for a property.

    Args:
        few: How many examples are tried when nobody asks for many.
        steps: How many steps an example of a stateful model has at most.
    """
    return settings(
        max_examples=MANY or few,
        derandomize=not MANY,
        database=None,
        deadline=None,
        # a load takes its time, and each example makes a lake of its own
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        stateful_step_count=steps or 1,
        # a smaller example takes minutes to find: that is for those who asked for many
        phases=[Phase.generate, *([Phase.shrink] if MANY else [])],
    )
