"""Which variables the project reads when it runs on AWS, found in the files that read them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

from tests.project import ROOT

_MELTANOS_OWN = re.compile(r"MELTANO_")
_STATE = "MELTANO_STATE_BACKEND_URI"
"""Read by Meltano itself, from its process or .env, never from meltano.yml."""


def variables_of_aws() -> set[str]:
    """All that the environment `aws`, dbt's profile and dbt's project read."""
    transform = ROOT / "transform"
    read = _of_environment(ROOT / "environments/aws.meltano.yml")
    read |= _of_profile(transform / "profiles.yml", "aws")
    ours = [file for folder in ("macros", "models") for file in transform.glob(f"{folder}/**/*.*")]
    for file in [transform / "dbt_project.yml", *ours]:
        read |= _env_vars(file.read_text("utf-8"))
    return {name for name in read if not _MELTANOS_OWN.match(name)} | {_STATE}


def variables_of_airflow() -> set[str]:
    """What the DAGs read to start tasks."""
    source = (ROOT / "orchestrate/dags/deftunes_dags/ecs.py").read_text("utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VARIABLES":
            return {*ast.literal_eval(node.value), "DEFTUNES_TASKS"}
    raise AssertionError("orchestrate/dags/deftunes_dags/ecs.py names no VARIABLES")


def _of_environment(file: Path) -> set[str]:
    return set(re.findall(r"\$\{?([A-Z][A-Z0-9_]+)", _without_comments(file)))


def _of_profile(file: Path, output: str) -> set[str]:
    told: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))["deftunes"]
    return _env_vars(yaml.safe_dump(told["outputs"][output]))


def _env_vars(text: str) -> set[str]:
    return set(re.findall(r"env_var\(\s*'+([A-Z0-9_]+)'+", text))


def _without_comments(file: Path) -> str:
    return "\n".join(line.partition("#")[0] for line in file.read_text("utf-8").splitlines())
