"""dbt-redshift, unmodified, takes the stand-in for Redshift."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deftunes_redshift.address import RedshiftAddress

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("redshift")]

FILES = {
    "dbt_project.yml": "{name: tiny, version: '1.0', profile: tiny}",
    "seeds/s.csv": "id,name\n1,a\n2,b\n",
    "models/t.sql": "{{ config(materialized='table', dist='id', sort=['id']) }}\n"
    "select id, name, getdate() as at from {{ ref('s') }}",
    "models/bound.sql": "select id, name from {{ ref('t') }}",
    "models/late.sql": "{{ config(bind=false) }} select id, name from {{ ref('t') }}",
    "models/mv.sql": "{{ config(materialized='materialized_view', sort=['id']) }}\n"
    "select id, count(*) as n from {{ ref('t') }} group by id",
    "models/merged.sql": "{{ config(materialized='incremental', unique_key='id',\n"
    "incremental_strategy='merge') }} select id, name from {{ ref('s') }}",
    "models/models.yml": """
models:
  - name: t
    config: {contract: {enforced: true}, persist_docs: {relation: true, columns: true}}
    description: a table
    columns:
      - {name: id, data_type: integer, description: its key, data_tests: [unique, not_null]}
      - {name: name, data_type: varchar(256)}
      - {name: at, data_type: timestamp}
""",
}


def profile(address: RedshiftAddress) -> str:
    output = {
        "type": "redshift", "host": address.host, "port": address.port, "user": address.user,
        "password": address.password, "dbname": address.database, "schema": "tiny",
        "sslmode": "disable", "threads": 2,
    }  # fmt: skip
    return json.dumps({"tiny": {"target": "stand_in", "outputs": {"stand_in": output}}})


def dbt(folder: Path, *words: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *words, "--profiles-dir", str(folder)],
        cwd=folder,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def catalog(folder: Path) -> dict[str, Any]:
    nodes = json.loads((folder / "target/catalog.json").read_text("utf-8"))["nodes"]
    return {
        name.rsplit(".", 1)[1]: (
            node["metadata"]["type"],
            {column: about["type"] for column, about in node["columns"].items()},
        )
        for name, node in nodes.items()
        if name.startswith("model.")
    }


@pytest.mark.heavy  # tests/transform builds the project itself, three times and more
def test_dbt_builds_twice_and_documents(address: RedshiftAddress, tmp_path: Path) -> None:
    for name, text in {**FILES, "profiles.yml": profile(address)}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    dbt(tmp_path, "build")
    with psycopg.connect(address.url(), autocommit=True) as connection:
        connection.execute("update tiny.s set name = 'c' where id = 2")
        dbt(tmp_path, "build", "--exclude", "s")
        merged = connection.execute("select id, name from tiny.merged order by id").fetchall()
        late = connection.execute("select id, name from tiny.late order by id").fetchall()
        counted = connection.execute("select id, n from tiny.mv order by id").fetchall()
        keys = connection.execute(
            "select diststyle, sortkey1 from svv_table_info where \"table\" = 't'"
        ).fetchall()
    assert merged == late == [(1, "a"), (2, "c")]
    assert counted == [(1, 1), (2, 1)]
    assert keys == [("KEY(id)", "id")]
    dbt(tmp_path, "docs", "generate")
    found = catalog(tmp_path)
    assert found["late"] == (
        "LATE BINDING VIEW",
        {"id": "integer", "name": "character varying(256)"},
    )
    assert found["t"][0] == "BASE TABLE"
    assert set(found) == {"bound", "late", "merged", "mv", "t"}
