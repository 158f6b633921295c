"""Where the project is, whose schedules these are."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(os.environ.get("DEFTUNES_PROJECT_ROOT") or Path(__file__).resolve().parents[3])
"""The folder of meltano.yml: this one, unless the DAGs were copied to a place of their own."""
