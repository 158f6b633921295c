"""The project's `.venv`: what is in it, what should be, and how it gets there."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from process_group import process_group

PACKAGES = (
    "tap-deftunes-api",
    "tap-postgres",
    "columnar-target",
    "target-s3",
    "dqdl",
    "sandbox",
    "analyze",
)
EMULATED_PACKAGES = ("sandbox/redshift", "target-redshift")
"""Those that only AWS, or what emulates it, needs."""

LEVELS = ("runtime", "emulated", "dev")
"""What may be installed; each holds what comes before it, and has a lock of its name."""


@dataclass(frozen=True)
class Environment:
    """The virtual environment of a project.

    Attributes:
        root: The project's folder.
        cache: Where uv keeps downloads; None for the user's own cache.
    """

    root: Path
    cache: Path | None

    @property
    def venv(self) -> Path:
        """The environment's folder."""
        return self.root / ".venv"

    def installed(self) -> list[str]:
        """What a whole installation left word of: its level, and a fingerprint."""
        return self._stamp.read_text(encoding="utf-8").splitlines() if self._stamp.exists() else []

    def wanted(self, level: str) -> list[str]:
        """What should be installed: the interpreter, the place, the lock, our metadata.

        Args:
            level: One of `LEVELS`; what is installed beyond it stays.
        """
        level = max([level, *self.installed()[:1]], key=LEVELS.index)
        files = [_lock(level), *(f"{package}/pyproject.toml" for package in _packages(level))]
        digest = hashlib.sha256(f"{sys.version} ".encode() + os.fsencode(self.root))
        for file in files:
            digest.update((self.root / file).read_bytes())
        return [level, digest.hexdigest()]

    def install(self, wanted: Sequence[str]) -> None:
        """Install what is wanted.

        Raises:
            subprocess.CalledProcessError: If a step fails; the same call goes on from there.
            OSError: If the folder cannot be written.
        """
        self._stamp.unlink(missing_ok=True)
        if not self._usable():
            if self.venv.exists():
                shutil.rmtree(self.venv)
            self._run(sys.executable, "-m", "venv", str(self.venv))
            self._place.write_bytes(os.fsencode(self.root))
        uv = str(self.venv / "bin" / "uv")
        if not Path(uv).exists():
            # pip installs uv, uv the rest: ten seconds against half a minute
            pip = [str(self._python), "-m", "pip", "install", "--quiet"]
            no_check = "--disable-pip-version-check"
            self._run(*pip, no_check, "--require-hashes", "-r", "requirements/uv.txt")
        python = ["--python", str(self._python)]
        level = wanted[0]
        self._run(uv, "pip", "sync", "-q", *python, "--require-hashes", _lock(level))
        editable = [word for package in _packages(level) for word in ("-e", f"./{package}")]
        offline = ["--no-deps", "--no-build-isolation", "--offline"]
        self._run(uv, "pip", "install", "-q", *python, *offline, *editable)
        self._name_packages_relatively()
        self._stamp.write_text("\n".join(wanted), encoding="utf-8")

    @property
    def _python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def _stamp(self) -> Path:
        return self.venv / "deftunes-installed.txt"

    @property
    def _place(self) -> Path:
        """File with the folder that the scripts in `.venv/bin` are bound to."""
        return self.venv / "deftunes-place.txt"

    def _usable(self) -> bool:
        """Whether `.venv` was made here, with the interpreter that runs this script."""
        if not self._place.exists() or self._place.read_bytes() != os.fsencode(self.root):
            return False
        code = "import sys; print(sys.version_info[:2])"
        command = [str(self._python), "-c", code]
        try:
            asked = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            return False
        return asked.returncode == 0 and asked.stdout.strip() == str(sys.version_info[:2])

    def _name_packages_relatively(self) -> None:
        """Say where our packages are in ASCII: some Pythons read .pth files in the locale's code.

        With an absolute path that is not ASCII, Python 3.11 does not even start under LC_ALL=C.
        """
        for file in self.venv.glob("lib/python*/site-packages/_editable_impl_deftunes_*.pth"):
            place = Path(os.fsdecode(file.read_bytes()).strip())
            file.write_text(f"{os.path.relpath(place, file.parent)}\n", encoding="ascii")

    def _run(self, *command: str) -> None:
        environment = {"UV_COMPILE_BYTECODE": "1", **os.environ}
        if self.cache:
            environment["UV_CACHE_DIR"] = str(self.cache)
        with process_group(
            command, cwd=self.root, env=environment, gently=signal.SIGTERM
        ) as process:
            status = process.wait()
        if status:
            raise subprocess.CalledProcessError(status, command)


def _lock(level: str) -> str:
    return f"requirements/{level}.txt"


def _packages(level: str) -> tuple[str, ...]:
    return PACKAGES if level == "runtime" else PACKAGES + EMULATED_PACKAGES
