"""What the exit status of a task's process means to Airflow."""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

BLOCKED = 3
"""A rule stopped the load: the same rows would be stopped again, so nothing is tried again."""
NOTHING_TO_DO = 99


def judge(status: int, last_words: str) -> None:
    """Return if all went well.

    Args:
        status: The exit status.
        last_words: The last line that was said; of a failure it is the reason.

    Raises:
        AirflowFailException: A rule stopped the load; there is no retry.
        AirflowSkipException: There was nothing to do.
        AirflowException: It failed otherwise; it is tried again.
    """
    if status == BLOCKED:
        raise AirflowFailException(last_words)
    if status == NOTHING_TO_DO:
        raise AirflowSkipException(last_words)
    if status:
        raise AirflowException(f"{last_words} (exit status {status})")
