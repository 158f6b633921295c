"""Terraform on a copy of the project, with providers from a mirror where there is one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.project import copy_project

MIRROR = "DEFTUNES_TERRAFORM_MIRROR"
"""Variable with a folder of providers, as `terraform providers mirror` makes one."""
_REGISTRY = "registry.terraform.io"
EMULATED = "environments/emulated.tfvars"


def mirror() -> Path | None:
    """Find providers on this machine: where we are told, or in some /opt folder.

    Without one, Terraform looks in its own places, and then asks the registry.
    """
    told = os.environ.get(MIRROR)
    found = [Path(told)] if told else [each.parent for each in Path("/opt").glob(f"*/{_REGISTRY}")]
    return next(iter(found), None)


class ProviderError(Exception):
    """Terraform is here and its provider cannot be had; the text says what to do."""


@dataclass
class Terraform:
    """Terraform in a copy of the project.

    Attributes:
        project: The copy.
        variables: What Terraform is told, beside environments/emulated.tfvars.
    """

    project: Path
    variables: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def prepared(cls, project: Path) -> Terraform:
        """Copy the project and let Terraform find its providers.

        Raises:
            ProviderError: It finds none.
        """
        copy_project(project)
        terraform = cls(project)
        done = terraform.run("init", "-input=false", "-lockfile=readonly", expect=None)
        if done.returncode:
            raise ProviderError(
                f"terraform init gets no provider: let the registry be reached, or point {MIRROR} "
                f"to a folder that has it. {' '.join(done.stderr.split())}"
            )
        return terraform

    @property
    def folder(self) -> Path:
        """Where it is run."""
        return self.project / "terraform"

    def run(
        self, *arguments: str, expect: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; without what the machine's owner has told Terraform."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
        done = subprocess.run(
            ["terraform", f"-chdir={self.folder}", *arguments, "-no-color"],
            env={**kept, **self._places(), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if expect is not None:
            assert done.returncode == expect, done.stdout[-4000:] + done.stderr
        return done

    def with_variables(
        self, command: str, *arguments: str, expect: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run plan, apply or destroy."""
        told = self.folder / "told.tfvars.json"
        told.write_text(json.dumps(self.variables), "utf-8")
        files = (f"-var-file={EMULATED}", f"-var-file={told.name}")
        return self.run(command, "-input=false", *files, *arguments, expect=expect)

    def plan(self) -> dict[str, Any]:
        """Give the plan of everything, as Terraform writes it in JSON."""
        self.with_variables("plan", "-out=all.tfplan")
        return dict(json.loads(self.run("show", "-json", "all.tfplan").stdout))

    def output(self, name: str) -> Any:
        """Give an output."""
        return json.loads(self.run("output", "-json", name).stdout)

    def _places(self) -> dict[str, str]:
        folder = mirror()
        if folder is None:
            return {}
        file = self.project / "terraform.rc"
        file.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}"\n  }}\n}}\n',
            "utf-8",
        )
        return {"TF_CLI_CONFIG_FILE": str(file)}


def missing() -> str | None:
    """Say what is missing to run Terraform; None if it is here."""
    if shutil.which("terraform") is None:
        return "terraform is not installed"
    folder = mirror()
    if folder is not None and not any(folder.glob(f"{_REGISTRY}/hashicorp/aws/*")):
        return f"{folder} has no provider hashicorp/aws: point {MIRROR} to a folder that has"
    return None
