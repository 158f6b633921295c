"""Tasks on this machine: the line is typed in the project's folder."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator

from deftunes_dags.line import Line
from deftunes_dags.links import MeltanoLog
from deftunes_dags.outcome import judge
from deftunes_dags.project import ROOT
from deftunes_dags.typing_task import RUN_ID, LineOf, settings_of


class LocalTask(BashOperator):
    """Types a line of Meltano; the line of each run is among its rendered templates.

    Args:
        line_of: Gives the line.
        job: What runs it elsewhere; here it is the project's own folder.
        loads: Whether it leaves a record and a log of its own.
        options: Those of every operator.
    """

    def __init__(self, *, line_of: LineOf, job: str, loads: bool, **options: Any) -> None:
        # until a run has one of its own, its page shows what the task is about
        super().__init__(bash_command=f"# {job}", append_env=True, cwd=str(ROOT), **options)
        self._line_of = line_of
        self._loads = loads
        self.operator_extra_links = (MeltanoLog(),) if loads else ()

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Make the line of this run, then render as ever."""
        line = self._line_of(context)
        self.bash_command = command(line)
        self.env = settings_of(line, context)
        super().render_template_fields(context, jinja_env)

    def execute(self, context: Any) -> None:
        """Type the line.

        Raises:
            AirflowFailException: A rule stopped the load.
            AirflowSkipException: There was nothing to do.
            AirflowException: It failed otherwise.
        """
        environment: Mapping[str, str] = self.get_env(context)
        if self._loads:
            context["ti"].xcom_push(RUN_ID, environment["MELTANO_RUN_ID"])
        words: Sequence[str] = ["bash", "-c", f"{self.bash_command}"]
        result = self.subprocess_hook.run_command(words, env=environment, cwd=self.cwd)
        judge(result.exit_code, result.output)


def command(line: Line) -> str:
    """Give a line as bash takes it; bash gives way, so that a signal reaches the line itself."""
    return f"exec {shlex.join(['.venv/bin/python', 'scripts/meltano_line.py', *line.words])}"
