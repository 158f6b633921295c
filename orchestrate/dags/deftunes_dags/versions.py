"""What the DAGs use of Airflow that lies elsewhere before 3.2: AWS's managed one may be 3.0."""

from __future__ import annotations

from airflow.sdk import BaseOperator

try:
    from airflow.sdk import CronDataIntervalTimetable
    from airflow.sdk.configuration import conf
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
except ImportError:
    from airflow.configuration import conf
    from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
    from airflow.timetables.interval import CronDataIntervalTimetable

_IS_A_FACTOR = not isinstance(BaseOperator.retry_exponential_backoff, bool)
TWICE_AS_LONG = 2.0 if _IS_A_FACTOR else True
"""How much longer each retry waits than the one before, as a task is told it."""

__all__ = [
    "TWICE_AS_LONG",
    "AirflowException",
    "AirflowFailException",
    "AirflowSkipException",
    "CronDataIntervalTimetable",
    "conf",
]
