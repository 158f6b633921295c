"""`meltano run tap-deftunes-api target-s3`, where Meltano, the tap or the target is killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from deftunes_sandbox import Sandbox
from tests.chaos.readers import assert_files_are_whole, journals, read_tables
from tests.chaos.truth import tables_of
from tests.leftovers import assert_none_left
from tests.project import NAMESPACE, Project, Row, copy_project

SENTENCE = ("run", "tap-deftunes-api", "target-s3")
LAUNCHER = Path(__file__).with_name("killed_at.py")
WHO = {"meltano": "meltano", "tap": "tap-deftunes-api", "target": "target-s3"}


@dataclass(frozen=True)
class LinePoint:
    """Kill one of the three at its n-th effect; or Meltano at the target's n-th (`parent`)."""

    who: str
    effect: int

    def __str__(self) -> str:
        return f"line:{self.who}:{self.effect}"


def counted_in(who: str) -> str:
    """Whose effects a point counts."""
    return "target" if who == "parent" else who


class LineChaos:
    """A project of its own, which each point starts from as if it had never run."""

    def __init__(self, folder: Path, api: Sandbox) -> None:
        self._folder = folder / "project"
        self._kept = folder / "kept"
        self._traces = folder / "traces"
        self._traces.mkdir()
        self._truth = tables_of(api)
        copy_project(self._folder)
        self._project = Project(self._folder, api, has_songs=False)
        self._watch_plugins()

    @cached_property
    def effects(self) -> dict[str, list[str]]:
        """The effects of each of the three in a line that nothing ends."""
        self._begin_anew()
        traces = {name: str(self._traces / name) for name in WHO}
        done = self._line({f"CHAOS_TRACE_{name}": trace for name, trace in traces.items()})
        assert done.returncode == 0, done.stdout
        assert self._tables() == self._truth
        return {
            name: Path(trace).read_text(encoding="utf-8").splitlines()
            for name, trace in traces.items()
        }

    def label(self, point: LinePoint) -> str:
        """What is about to be done, or has just been done, at a point."""
        return self.effects[counted_in(point.who)][point.effect - 1]

    def check(self, point: LinePoint) -> None:
        """Run the line, one of the three killed at the point; run it again; compare."""
        self._begin_anew()
        chaos = {f"CHAOS_AT_{counted_in(point.who)}": str(point.effect)}
        if point.who == "parent":
            chaos["CHAOS_WHOM_target"] = "parent"
        ended = self._line(chaos)
        of_meltano = point.who in {"meltano", "parent"}
        if point.who == "meltano" and ended.returncode == 0:
            of_meltano = False  # its heartbeat makes its effects vary: it was done before this one
        elif of_meltano:
            assert ended.returncode == -signal.SIGKILL, ended.stdout
            # its children read the end of their input, or write to nobody
            assert_none_left(self._folder, "CHAOS_NONE")
        else:
            assert ended.returncode == 1, ended.stdout

        # docs/operate.md: --force when Meltano itself was killed
        again = self._line({}, *(["--force"] if of_meltano else []))
        assert again.returncode == 0, again.stdout
        assert self._tables() == self._truth
        assert_files_are_whole(self._folder / "output/lake")
        assert journals(self._folder / "output/lake") == []

    def _line(self, chaos: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
        own = {
            name.removesuffix("_meltano"): value
            for name, value in chaos.items()
            if name.endswith("_meltano")
        }
        meltano = self._folder / ".venv/bin/meltano"
        return subprocess.run(
            [sys.executable, LAUNCHER, meltano, *SENTENCE, *options],
            cwd=self._folder,
            env={**self._project.environment, **chaos, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def _tables(self) -> dict[str, list[Row]]:
        return read_tables(self._folder / "output/lake", NAMESPACE)

    def _begin_anew(self) -> None:
        """A project that has never run; Meltano's database is made once and kept."""
        for name in ("output", ".meltano"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
        if not self._kept.exists():
            self._project.meltano("config", "list", "target-s3")
            shutil.copytree(self._folder / ".meltano", self._kept)
        shutil.copytree(self._kept, self._folder / ".meltano", dirs_exist_ok=True)

    def _watch_plugins(self) -> None:
        """Have Meltano start tap and target by way of `killed_at`, each with its own point."""
        for name in ("tap", "target"):
            plugin = WHO[name]
            wrapper = self._folder / f"chaos-{name}"
            wrapper.write_text(
                "#!/bin/sh\n"
                f'CHAOS_AT="${{CHAOS_AT_{name}:-0}}" CHAOS_TRACE="$CHAOS_TRACE_{name}" '
                f'CHAOS_WHOM="$CHAOS_WHOM_{name}" '
                f'exec "{sys.executable}" "{LAUNCHER}" "{self._folder}/.venv/bin/{plugin}" "$@"\n',
                encoding="utf-8",
            )
            wrapper.chmod(0o755)
            for file in self._folder.glob("*/*.meltano.yml"):
                text = file.read_text(encoding="utf-8")
                file.write_text(
                    text.replace(
                        f"executable: .venv/bin/{plugin}\n", f"executable: ./chaos-{name}\n"
                    ),
                    encoding="utf-8",
                )
