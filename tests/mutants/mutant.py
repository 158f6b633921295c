"""A mutant: one small fault put into a copy of a package, and the tests that must notice it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = {
    "columnar_target": ROOT / "target-s3/tests/target_lake",  # which loads through it
    "target_s3": ROOT / "target-s3/tests/target_lake",
    "tap_deftunes_api": ROOT / "tap-deftunes-api/tests/tap_api",
}

LONGEST_SECONDS = 300
"""What tests of a mutant may take: one that makes them endless is to be written otherwise."""


@dataclass(frozen=True)
class Mutant:
    """A fault, and who must notice.

    Attributes:
        name: What the faulty package does.
        module: The module that is changed, such as `target_s3.merging.merge`.
        old: Text that is in the module exactly once.
        new: What stands there instead.
        tests: The package's test files, separated by spaces, without `test_` and ending; or one
            of the project's, as it is.
        only: Which of their tests, as `pytest -k` takes it.
    """

    name: str
    module: str
    old: str
    new: str
    tests: str
    only: str = ""

    @property
    def package(self) -> str:
        """The package that is changed."""
        return self.module.partition(".")[0]

    def break_copy(self, folder: Path) -> None:
        """Copy the package into a folder and put the fault into the copy.

        Raises:
            AssertionError: The old text is not there exactly once: the mutant must follow the code.
        """
        copy_package(self.package, folder)
        file = folder.joinpath(*self.module.split(".")).with_suffix(".py")
        text = file.read_text(encoding="utf-8")
        found = text.count(self.old)
        assert found == 1, f"{self.name}: {self.old!r} is {found} times in {self.module}"
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")

    def arguments(self) -> list[str]:
        """What pytest is told to run."""
        files = [
            name if "/" in name else str(TESTS[self.package] / f"test_{name}.py")
            for name in self.tests.split()
        ]
        return [*files, *(["-k", self.only] if self.only else [])]


def copy_package(package: str, folder: Path) -> None:
    """Copy a package as it is."""
    source = ROOT / package.replace("_", "-") / package
    shutil.copytree(source, folder / package, ignore=shutil.ignore_patterns("__pycache__"))


@dataclass(frozen=True)
class Verdict:
    """What the tests said: whether they noticed, and in which words."""

    noticed: bool
    words: str


def judge(mutant: Mutant, folder: Path) -> Verdict:
    """Run the mutant's tests on a copy that has been made in a folder, until one fails.

    Args:
        mutant: Names package and tests.
        folder: Where the copy is.

    Raises:
        AssertionError: The tests did not run, or not on the copy.
    """
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    where = f"import {mutant.package} as package; print(package.__file__)"
    used = _run(["-c", where], environment).stdout
    assert used.startswith(f"{folder}{os.sep}"), f"{mutant.name}: the tests would use {used}"
    options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]
    done = _run(["-m", "pytest", *mutant.arguments(), *options], environment)
    # 1: a test failed; everything else but 0 says that they did not run
    assert done.returncode in {0, 1}, f"{mutant.name}: {done.stdout}{done.stderr}"
    last = done.stdout.rstrip().rpartition("\n")[2]
    assert not re.search(r"\d+ error", last), f"{mutant.name}: {done.stdout}"
    failed = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    assert bool(failed) == (done.returncode == 1), f"{mutant.name}: {done.stdout}"
    return Verdict(bool(failed), failed[0].rpartition("/")[2] if failed else last)


def _run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )
