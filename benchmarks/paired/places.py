"""Where the programs are that take part."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BENCHMARKS = ROOT / "benchmarks"
BIN = Path(sys.executable).parent


def our_program(name: str) -> str:
    """A program of the project's environment."""
    return str(BIN / name)


def peer(program: str, *arguments: object) -> list[str]:
    """The command of a program below `peers`, in the environment of `requirements/bench.txt`."""
    script = BENCHMARKS / "peers" / f"{program}.py"
    return [str(peers_python()), str(script), *map(str, arguments)]


def stock(program: str, config: Path, *arguments: object) -> list[str]:
    """The command of a program that the SDK's template makes."""
    script = BENCHMARKS / f"{program}.py"
    return [sys.executable, str(script), "--config", str(config), *map(str, arguments)]


@cache
def peers_python() -> Path:
    """The peers' interpreter; its environment is installed when it is first asked for."""
    command = [sys.executable, str(ROOT / "scripts/locked_environment.py"), "bench"]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip()) / "bin" / "python"
