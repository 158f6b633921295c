"""A Dockerfile's build steps, carried out in a folder that stands for the image's root.

A stand-in for a container engine, named as such: paths of the image are put below the folder,
`python` is the one that runs this, and users are not made. Everything else is done as it stands.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FAKES = {"groupadd": "exit 0", "useradd": "exit 0", "install": 'exec /usr/bin/install -d "$@"'}
"""What changes the machine itself; `install` without its owner."""
_IMAGE_PATHS = re.compile(r"(?<![\w./$])/(?=opt/|project\b|tmp\b)")


@dataclass
class ScratchImage:
    """An image that is built in a folder.

    Attributes:
        context: The project's folder, of which the build sees what .dockerignore leaves.
        root: What stands for `/` of the stage that is being built.
        environment: Of the stage.
        entry_point: What the image runs.
    """

    context: Path
    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    entry_point: str = ""
    _folder: str = "/"
    _stage: str = ""

    def build(self) -> None:
        """Carry out all steps.

        Raises:
            ValueError: A step is of a kind that this knows nothing of.
            subprocess.CalledProcessError: A step failed.
        """
        for word, rest in instructions(self.context / "Dockerfile"):
            step = getattr(self, f"_do_{word.lower()}", None)
            if step is None:
                raise ValueError(f"{word} is not known here")
            step(rest)

    def place(self, path: str) -> Path:
        """Where a path of the image is."""
        return self.root / os.path.normpath(Path("/", self._folder, path)).lstrip("/")

    def _do_from(self, rest: str) -> None:
        if self._stage:  # what was built moves away, so that the next stage has the same paths
            self.root.rename(self.root.with_name(self._stage))
        self._stage = rest.partition(" AS ")[2] or "last"
        self._folder, self.environment = "/", {}
        (self.root / "tmp").mkdir(parents=True)

    def _do_workdir(self, rest: str) -> None:
        self._folder = rest
        self.place(".").mkdir(parents=True, exist_ok=True)

    def _do_env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            inherited = self.environment.get("PATH", os.environ["PATH"])
            value = self._below_root(value).replace("$PATH", inherited)
            self.environment[name] = value

    def _do_copy(self, rest: str) -> None:
        *sources, target = [word for word in shlex.split(rest) if not word.startswith("--from=")]
        stage = re.match(r"--from=(\S+) ", rest)
        goal = self.place(target)
        for source in sources:
            if stage:
                files = self.root.with_name(stage[1]) / source.lstrip("/")
                shutil.copytree(files, goal, symlinks=True)
                continue
            found = self.context / source
            for file in [found] if found.is_file() else found.rglob("*"):
                name = file.relative_to(self.context)
                if file.is_file() and not self._is_ignored(name):
                    inner = file.relative_to(found) if found.is_dir() else Path(file.name)
                    many = found.is_dir() or target.endswith("/")
                    copy = goal / inner if many else goal
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(file, copy)

    def _do_run(self, rest: str) -> None:
        fakes = self.root.with_name("fakes")
        fakes.mkdir(exist_ok=True)
        for name, script in {**_FAKES, "python": f'exec {sys.executable} "$@"'}.items():
            (fakes / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
            (fakes / name).chmod(0o755)
        subprocess.run(
            ["/bin/sh", "-ec", self._below_root(rest).replace(" -o 10001 -g 10001", "")],
            cwd=self.place("."),
            env={**os.environ, **self.environment, "PATH": f"{fakes}:{os.environ['PATH']}"},
            check=True,
            capture_output=True,
        )

    def _do_user(self, rest: str) -> None:
        """Nobody is made here, so nobody is become."""

    def _do_volume(self, rest: str) -> None:
        """A folder is a folder."""

    def _do_entrypoint(self, rest: str) -> None:
        (word,) = re.findall(r'"([^"]+)"', rest)
        self.entry_point = str(shutil.which(word, path=self.environment["PATH"]))

    def _do_cmd(self, rest: str) -> None:
        """What is run is said by who runs it."""

    def _below_root(self, text: str) -> str:
        return _IMAGE_PATHS.sub(f"{self.root}/", text)

    def _is_ignored(self, name: Path) -> bool:
        ignored = False
        for pattern in (self.context / ".dockerignore").read_text("utf-8").splitlines():
            rule = pattern.lstrip("!")
            if rule and not rule.startswith("#") and _matches(name, rule):
                ignored = not pattern.startswith("!")
        return ignored


def instructions(file: Path) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile, each with its words, in order."""
    lines = file.read_text("utf-8").replace("\\\n", " ").splitlines()
    for line in lines:
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, " ".join(rest.split())


def files_of(root: Path, without: Mapping[str, object] | tuple[str, ...] = ()) -> dict[str, int]:
    """When each file below a folder was changed last; folders whose names are given aside."""
    return {
        str(file.relative_to(root)): file.lstat().st_mtime_ns
        for file in root.rglob("*")
        if file.relative_to(root).parts[0] not in without and not file.is_dir()
    }


def _matches(name: Path, rule: str) -> bool:
    """Whether a file, or a folder that it is in, is named by a rule of .dockerignore."""
    parts = name.parts
    starts = range(len(parts)) if rule.startswith("**/") else range(1)
    wanted = rule.removeprefix("**/").split("/")
    return any(
        len(parts) >= start + len(wanted) and all(map(fnmatch.fnmatch, parts[start:], wanted))
        for start in starts
    )
