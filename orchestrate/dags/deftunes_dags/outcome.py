"""What the exit status of a task's process means to Airflow."""

from __future__ import annotations

from typing import Any

from deftunes_dags.alerts import tell_failure
from deftunes_dags.versions import AirflowException, AirflowFailException, AirflowSkipException

FOR_GOOD = {
    3: "a rule stopped the load: the same rows would be stopped again",
    4: "the load that was looked at has failed: looking again does not mend it",
}
"""Exit statuses after which nothing is tried again, and why."""
NOTHING_TO_DO = 99


def judge(status: int, last_words: str) -> None:
    """Return if all went well.

    Args:
        status: The exit status.
        last_words: The last line that was said; of a failure it is the reason.

    Raises:
        AirflowFailException: It failed for good; there is no retry.
        AirflowSkipException: There was nothing to do.
        AirflowException: It failed otherwise; it is tried again.
    """
    if status in FOR_GOOD:
        raise AirflowFailException(last_words)
    if status == NOTHING_TO_DO:
        raise AirflowSkipException(last_words)
    if status:
        raise AirflowException(f"{last_words} (exit status {status})")


def tell_own_failure(context: Any) -> None:
    """Tell of a task that looks at a load and has failed by itself.

    What the load failed of is told by the load's own task.

    Args:
        context: Airflow's, of the task's last try.
    """
    if not isinstance(context.get("exception"), AirflowFailException):
        tell_failure(context)
