"""A DAG of Airflow for each schedule in meltano.yml: who adds a schedule there has a DAG here."""

from __future__ import annotations

from deftunes_dags.dag import dag_for
from deftunes_dags.project import ROOT
from deftunes_dags.schedules import read_schedules

for schedule in read_schedules(ROOT):
    dag = dag_for(schedule)
    globals()[dag.dag_id] = dag
