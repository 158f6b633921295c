"""AWS and Redshift on this machine: where the environment `emulated` finds what `aws` has.

The one place of this package that knows the Redshift stand-in, which is built upon it. What both
take is installed only for this, so it is imported when it is asked for.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from deftunes_sandbox.cluster import remove_cluster
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.processes import ProcessId
from deftunes_sandbox.settings import SandboxSettings, env_of

if TYPE_CHECKING:
    from typing_extensions import Self

    from deftunes_redshift.server import Redshift
    from deftunes_sandbox.aws.emulated import EmulatedAws


class Emulated:
    """Starts S3, Glue and Redshift on entering, empty but for a bucket; ends them on leaving.

    Args:
        settings: Their ports, and the bucket's name.
        directory: For their logs and the warehouse's files.
    """

    def __init__(self, settings: SandboxSettings, directory: Path) -> None:
        self._settings = settings
        self._directory = directory
        self._cleanup = ExitStack()
        self._aws: EmulatedAws | None = None
        self._redshift: Redshift | None = None

    def __enter__(self) -> Self:
        """Start them and wait until they answer.

        Raises:
            SandboxError: If one cannot be started; none is left running then.
        """
        try:
            from deftunes_redshift.server import Redshift  # noqa: PLC0415 - see above
            from deftunes_redshift.settings import RedshiftSettings  # noqa: PLC0415 - see above
            from deftunes_redshift.warehouse import KIND  # noqa: PLC0415 - see above
            from deftunes_sandbox.aws.emulated import EmulatedAws  # noqa: PLC0415 - see above
        except ImportError as error:
            raise SandboxError(
                f"What stands in for AWS is not installed ({error.name}): run "
                "`make sandbox-up EMULATED=1`, which installs it."
            ) from error
        folder = self._directory / "redshift"
        folder.mkdir(exist_ok=True)
        # the emulated AWS begins empty, so what a warehouse knew of it is no longer true
        remove_cluster(folder, KIND)
        with ExitStack() as cleanup:
            port, variable = self._settings.aws_port, env_of("aws_port")
            self._aws = cleanup.enter_context(
                EmulatedAws(port, self._directory / "aws.log", variable=variable)
            )
            self._make_bucket(self._aws)
            environment = self._aws.environment
            self._redshift = cleanup.enter_context(
                Redshift(
                    RedshiftSettings(
                        directory=folder,
                        port=self._settings.redshift_port,
                        aws_endpoint=self._aws.url,
                        aws_region=environment["AWS_REGION"],
                        aws_access_key=environment["AWS_ACCESS_KEY_ID"],
                        aws_secret_key=environment["AWS_SECRET_ACCESS_KEY"],
                    )
                )
            )
            self._aws.put_warehouse(self._redshift.address.url())
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End them."""
        self._cleanup.__exit__(kind, error, trace)

    @property
    def aws(self) -> tuple[ProcessId, int]:
        """The process of S3 and Glue, and its port."""
        if self._aws is None:
            raise SandboxError("The emulated AWS is not up: enter it first.")
        return self._aws.server.id, self._aws.server.port

    @property
    def redshift(self) -> tuple[ProcessId, int]:
        """The Redshift stand-in's process, and its port."""
        if self._redshift is None:
            raise SandboxError("The Redshift stand-in is not up: enter it first.")
        return self._redshift.id, self._redshift.address.port

    def ended(self) -> list[str]:
        """Name those that ended by themselves."""
        gone = []
        if self._aws is not None and self._aws.server.has_ended():
            gone.append("aws")
        if self._redshift is not None and self._redshift.has_ended():
            gone.append("redshift")
        return gone

    def _make_bucket(self, aws: EmulatedAws) -> None:
        import boto3  # noqa: PLC0415 - see above

        environment = aws.environment
        client = boto3.client(
            "s3",
            endpoint_url=aws.url,
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        client.create_bucket(Bucket=self._settings.lake_bucket)
