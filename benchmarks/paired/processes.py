"""A pipeline of processes, and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str]

_STARTER = """
import json, os, subprocess, sys, time
commands, log, output = json.loads(sys.argv[1]), sys.argv[2], open(sys.argv[3], "wb")
started, processes, before = time.monotonic(), [], sys.stdin
for number, command in enumerate(commands):
    last = number == len(commands) - 1
    with open(f"{log}-{number}", "wb") as words:
        process = subprocess.Popen(
            command,
            stdin=before,
            stdout=output if last else subprocess.PIPE,
            stderr=words,
        )
    if before is not sys.stdin:
        before.close()
    before = process.stdout
    processes.append(process)
ended = []
for process in processes:
    _, status, used = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    ended.append([code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024])
print(json.dumps([time.monotonic() - started, ended]))
"""
"""A process of its own, since what has forked from ours would count our memory as its peak."""


class RunError(SystemExit):
    """A program of a pipeline failed; a script that does not go on without it ends so."""


@dataclass(frozen=True)
class Cost:
    """What one run took.

    Attributes:
        cpu: Seconds of user and system, of all its processes and their children.
        wall: Seconds from the first process's start to the last one's end.
        memory: Megabytes: the sum of the peaks of the processes of the pipe, which is more than
            was in use at any one time. (Of a process and its children, the largest peak.)
        largest: Megabytes: the largest of these peaks.
    """

    cpu: float
    wall: float
    memory: float
    largest: float


def run(
    commands: Sequence[Command],
    folder: Path,
    messages: Path | None = None,
    output: Path | None = None,
) -> Cost:
    """Run a pipeline to its end.

    Args:
        commands: Each writes what the next reads.
        folder: Where the programs' words go.
        messages: What the first one reads.
        output: Where the last one writes; by default its output is thrown away.

    Raises:
        RunError: One of them failed; the end of its words is told.
    """
    environment = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
    environment["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    log = folder / "words"
    told = [json.dumps(list(map(list, commands))), str(log), str(output or os.devnull)]
    starter = [sys.executable, "-S", "-c", _STARTER, *told]
    with (messages or Path(os.devnull)).open("rb") as given:
        done = subprocess.run(
            starter, stdin=given, stdout=subprocess.PIPE, env=environment, check=True
        )
    wall, ended = json.loads(done.stdout)
    # the last one that failed first: those before it may have failed for want of a reader
    numbered = list(enumerate(zip(commands, ended, strict=True)))
    for number, (command, (status, _, _)) in reversed(numbered):
        if status:
            words = Path(f"{log}-{number}").read_text(encoding="utf-8", errors="replace")
            last = "\n".join(words.splitlines()[-15:])
            raise RunError(f"{Path(command[0]).name} ended with status {status}:\n{last}")
    peaks = [peak for _, _, peak in ended]
    return Cost(sum(cpu for _, cpu, _ in ended), wall, sum(peaks), max(peaks))
