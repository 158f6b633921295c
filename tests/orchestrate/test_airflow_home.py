"""What Airflow's processes are told, and what they are not."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts import load_script

MELTANOS = {"AIRFLOW_HOME": "/home/of/airflow", "AIRFLOW__API__PORT": "8090", "PATH": "/bin"}


@pytest.fixture
def airflow_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    module = load_script("airflow_home", monkeypatch)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def test_a_secret_in_dotenv_is_left_to_the_tasks_and_what_dags_read_is_not(
    airflow_home: ModuleType, tmp_path: Path
) -> None:
    """So a secret that is changed there is new with the next task."""
    told = {
        "TAP_POSTGRES_PASSWORD": "secret",
        "AWS_REGION": "eu-west-1",
        "DEFTUNES_TASKS": "ecs",
        "DEFTUNES_ECS_NAME": "deftunes-prod",
    }
    lines = [f"{name}={value}" for name, value in told.items()]
    (tmp_path / ".env").write_text("\n".join(lines), "utf-8")
    got = airflow_home.AirflowHome.found({**MELTANOS, **told, "OTHER": "1"}).environment
    assert {name: got.get(name) for name in told} == {**told, "TAP_POSTGRES_PASSWORD": None}
    assert got["OTHER"] == "1"


def test_it_is_reached_on_this_machine_only_and_an_operator_s_word_goes_first(
    airflow_home: ModuleType, tmp_path: Path
) -> None:
    got = airflow_home.AirflowHome.found({**MELTANOS, "AIRFLOW__API__WORKERS": "3"}).environment
    assert got["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert got["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8090"
    assert got["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8090/execution/"
    assert got["AIRFLOW__API__WORKERS"] == "3"
    assert got["PATH"] == f"{tmp_path}/.cache/airflow/bin:/bin"


@pytest.mark.parametrize("name", ["AIRFLOW_HOME", "AIRFLOW__API__PORT"])
def test_without_meltano_it_is_a_sentence(airflow_home: ModuleType, name: str) -> None:
    told = {key: value for key, value in MELTANOS.items() if key != name}
    with pytest.raises(airflow_home.ServerError, match="type `meltano invoke airflow:ui`"):
        airflow_home.AirflowHome.found(told)


def test_the_password_is_made_once_and_only_its_owner_may_read_it(
    airflow_home: ModuleType, tmp_path: Path
) -> None:
    home = airflow_home.AirflowHome.found({**MELTANOS, "AIRFLOW_HOME": str(tmp_path)})
    password = home._make_login()
    assert len(password) >= 16
    assert password in home.password_file.read_text("ascii")
    assert home.password_file.stat().st_mode & 0o777 == 0o600
    assert home._make_login() is None
