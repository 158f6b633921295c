"""Who is told when something fails: a webhook, if one is set. Needs nothing but Python."""

from __future__ import annotations

import json
import logging
import os
import urllib.request
from typing import Any

WEBHOOK = "DEFTUNES_ALERT_WEBHOOK"
"""The variable with the URL, which is a secret: whoever knows it can write there."""
_SECONDS = 10
_LOGGER = logging.getLogger(__name__)


def send(sentence: str, **details: Any) -> bool:
    """Tell the webhook, if there is one.

    Args:
        sentence: What happened, for a person. It is sent as `text`, which Slack, Mattermost and
            Teams show as it is.
        details: What a program may want to know beside it; JSON.

    Returns:
        Whether somebody was told. That nobody could be is in the log: it must not hide the fault
        that was to be told.
    """
    url = os.environ.get(WEBHOOK)
    if not url:
        return False
    body = json.dumps({"text": sentence, **details}).encode()
    request = urllib.request.Request(  # noqa: S310 - the operator's own URL
        url, data=body, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310 - as above
            return True
    except (OSError, ValueError) as fault:
        # neither the URL, which may hold a token, nor a traceback, which may hold the URL
        _LOGGER.error("The webhook of %s did not take the alert: %s", WEBHOOK, fault)  # noqa: TRY400
        return False


def tell_failure(context: Any) -> None:
    """Tell of a task that has failed for good; Airflow calls this, in the task or beside it.

    Args:
        context: Airflow's, of the task's last try.
    """
    task = context["ti"]
    reason = str(context.get("exception") or "it ended without a word; it may have been killed")
    send(
        f"{task.dag_id}: {task.task_id} failed. {reason}",
        dag_id=task.dag_id,
        task_id=task.task_id,
        run_id=task.run_id,
        try_number=task.try_number,
        reason=reason,
        log_url=getattr(task, "log_url", None),
    )


def tell_run_failure(context: Any) -> None:
    """Tell of a run that no task failed in; Airflow calls this when a run has failed.

    Args:
        context: Airflow's, of the run; `reason` says what became of it in Airflow's own word.
    """
    reason = context["reason"]
    if reason == "task_failure":  # the task has told
        return
    dag, run_id = context["dag"], context["run_id"]
    hours = dag.dagrun_timeout.total_seconds() / 3600
    why = {
        "timed_out": f"It took more than {hours:g} hours, so what had not ended was given up.",
        "all_tasks_deadlocked": "What is left of it waits for what never comes.",
    }.get(reason, f"Airflow says {reason}.")
    send(
        f"{dag.dag_id}: the run {run_id} failed. {why} See what it waited for, then clear the "
        "tasks that did not succeed.",
        dag_id=dag.dag_id,
        run_id=run_id,
        reason=reason,
    )
