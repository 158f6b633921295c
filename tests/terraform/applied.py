"""An emulated AWS that Terraform works on, with the sources and the warehouse beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from deftunes_sandbox import Sandbox
from deftunes_sandbox.aws import EmulatedAws
from tests.project import ROOT, Project
from tests.terraform.account import Account
from tests.terraform.tool import Terraform


@dataclass
class Platform:
    """What Terraform makes, and how it is looked at.

    Attributes:
        terraform: Terraform, in its copy of the project.
        emulated: The AWS that it works on.
        sandbox: The sources.
        redshift_url: The warehouse that all clusters are.
        songs_secret: ARN of the secret with the songs database's password.
        stand_in: Variables of the warehouse that a stand-in has otherwise than a cluster: IAM's
            login, TLS, a port that clusters may have.
        before: What there was before Terraform came.
        steps: What was typed since then, as the README has it.
    """

    terraform: Terraform
    emulated: EmulatedAws
    sandbox: Sandbox
    redshift_url: str
    songs_secret: str
    stand_in: Mapping[str, str]
    before: dict[str, list[str]] = field(default_factory=dict)
    steps: list[str] = field(default_factory=lambda: ["terraform init"])

    @property
    def account(self) -> Account:
        """What is there."""
        return Account(self.emulated)

    def apply(self, module: str | None = None) -> None:
        """Apply a module with what it rests on, or everything."""
        target = [] if module is None else [f"-target=module.{module}"]
        self.terraform.with_variables("apply", "-auto-approve", *target)
        self.steps.append(" ".join(["terraform apply", *target]))

    def deploy(self, *, dry_run: bool = False) -> str:
        """`make deploy`, with everything but the image: nothing here builds one."""
        said = self._script("deploy", "--no-image", *(["--dry-run"] if dry_run else []))
        self.steps.append("make deploy DRY_RUN=1" if dry_run else "make deploy")
        return said

    def write_dotenv(self) -> str:
        """`make aws-env`."""
        said = self._script("aws_env", f"--file={self.terraform.project / '.env'}")
        self.steps.append("make aws-env")
        return said

    def _script(self, name: str, *arguments: str) -> str:
        """Run one of scripts/ on what was applied."""
        done = subprocess.run(
            [
                sys.executable,
                str(ROOT / f"scripts/{name}.py"),
                f"--terraform={self.terraform.folder}",
                *arguments,
            ],
            env={**os.environ, **self.emulated.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def leave_the_rest_to_dotenv(self) -> None:
        """Let the environment `emulated` name nothing that Terraform names."""
        file = self.terraform.project / "environments/emulated.meltano.yml"
        content = yaml.safe_load(file.read_text("utf-8"))
        variables = content["environments"][0]["env"]
        written = (self.terraform.project / ".env").read_text("utf-8")
        for name in [name for name in variables if not name.startswith("AWS_")]:
            del variables[name]
            assert f"{name}=" in written or f"# {name}: " in written, name
        secret = self.account.aws("secretsmanager").get_secret_value(SecretId=self.songs_secret)
        password = json.loads(secret["SecretString"])["password"]
        variables.update(self.emulated.environment, **self.stand_in)
        variables["DEFTUNES_SONGS_PASSWORD"] = password  # as ECS would hand it to the task
        file.write_text(yaml.safe_dump(content), "utf-8")

    def meltano(self, *words: str) -> None:
        """Run a line in the environment `emulated`, which has its state on S3."""
        project = _ByDotenv(self.terraform.project, self.sandbox, aws=self.emulated.environment)
        project.meltano("--environment=emulated", *words)


@dataclass
class _ByDotenv(Project):
    """A project that is told of its sources and its lake by .env alone.

    Attributes:
        aws: Where AWS is: Meltano's own state is there.
    """

    aws: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        told = super().environment
        return {
            **{name: value for name, value in told.items() if not name.startswith("TAP_")},
            **self.aws,
        }
