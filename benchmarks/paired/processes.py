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
def held(pids):
    kilobytes = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as told:
                kilobytes += next((int(line.split()[1]) for line in told if line[:4] == "Pss:"), 0)
            with open(f"/proc/{pid}/task/{pid}/children") as told:
                kilobytes += held(told.read().split())
        except OSError:
            pass  # it has ended just now, or the system tells no such thing
    return kilobytes
waited_for = {process.pid: place for place, process in enumerate(processes)}
ended, together, looks = [None] * len(processes), 0, 0
while waited_for:
    for pid in list(waited_for):
        gone, status, used = os.wait4(pid, os.WNOHANG)
        if gone:
            code = os.waitstatus_to_exitcode(status)
            seconds = used.ru_utime + used.ru_stime
            ended[waited_for.pop(pid)] = [code, seconds, used.ru_maxrss / 1024]
    if looks % 5 == 0:
        together = max(together, held(waited_for) / 1024)
    looks += 1
    time.sleep(0.01)
print(json.dumps([time.monotonic() - started, ended, together]))
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
        memory: Megabytes: the most that the processes of the pipe held at one time, looked at
            twenty times a second, with their children and what they share counted once; `largest`,
            if that is more.
        largest: Megabytes: the largest peak of one process (of it and its children).
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
    wall, ended, together = json.loads(done.stdout)
    # the last one that failed first: those before it may have failed for want of a reader
    numbered = list(enumerate(zip(commands, ended, strict=True)))
    for number, (command, (status, _, _)) in reversed(numbered):
        if status:
            words = Path(f"{log}-{number}").read_text(encoding="utf-8", errors="replace")
            last = "\n".join(words.splitlines()[-15:])
            raise RunError(f"{Path(command[0]).name} ended with status {status}:\n{last}")
    largest = max(peak for _, _, peak in ended)
    return Cost(sum(cpu for _, cpu, _ in ended), wall, max(together, largest), largest)
