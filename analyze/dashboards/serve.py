"""Superset in one process: it makes its database, its users and the dashboards, and serves them.

Runs in Superset's own environment, started by scripts/dashboards_server.py. Each of Superset's
commands would spend ten seconds on imports first; here they are spent once.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import superset
import waitress
from dashboard_files import read_assets
from flask import Flask
from flask_migrate import upgrade
from people import let_analysts_see, make_people
from superset.app import create_app
from superset.extensions import security_manager
from superset.utils.core import override_user

_THREADS = 8
"""A dashboard asks for all its charts at the same time."""


def made() -> Flask:
    """Make everything; what is there already stays or is brought up to date."""
    app: Flask = create_app()
    passwords = Path(os.environ["SUPERSET_HOME"]) / "passwords.json"
    with app.app_context():
        upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
        make_people(json.loads(passwords.read_text("ascii")))
        _import(read_assets(os.environ))
        let_analysts_see("DeFtunes")
    return app


def _import(assets: dict[str, str]) -> None:
    # its models can be read once there is an app
    from superset.commands.importers.v1.assets import ImportAssetsCommand  # noqa: PLC0415

    with override_user(security_manager.find_user("admin")):
        ImportAssetsCommand(assets).run()


if __name__ == "__main__":
    waitress.serve(
        made(), host="127.0.0.1", port=int(os.environ["DASHBOARDS_PORT"]), threads=_THREADS
    )
