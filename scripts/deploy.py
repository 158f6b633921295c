"""`make deploy`: bring the image, the DAGs, the dbt project and the rules to where AWS reads them.

What is there already is left alone, so a second call does nothing; a dry run says what would be
done. The rules reach AWS Glue by Terraform, which reads the same files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from container_image import ImageError, build_and_push, is_pushed
from deployed_files import DIGEST, FilesError, changes, digest, files_for
from terraform_output import FOLDER, OutputError, read_output

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Deploy.

    Returns:
        The exit status: 0 when all is there (or, in a dry run, was told), 1 otherwise.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    parser.add_argument("--no-image", action="store_true", help="leave the image alone")
    parser.add_argument("--tag", help="tag of the image, if it is another than Terraform knows")
    parser.add_argument("--terraform", type=Path, default=FOLDER, help="where it was applied")
    typed = parser.parse_args()
    try:
        place = read_output("deployment", typed.terraform)
        if not typed.no_image:
            _deploy_image(place, typed.tag, dry_run=typed.dry_run)
        _deploy_files(place, dry_run=typed.dry_run)
    except (OutputError, ImageError, FilesError) as fault:
        return _fail(f"{fault}")
    except (BotoCoreError, ClientError) as fault:
        return _fail(f"AWS refused: {fault} See that your credentials are this account's.")
    return 0


def _deploy_image(place: dict[str, Any], tag: str | None, *, dry_run: bool) -> None:
    ecr = boto3.client("ecr", region_name=place["region"])
    address, _, known = place["image"].rpartition(":")
    image = f"{address}:{tag or known}"
    if is_pushed(place["repository"], tag or known, ecr):
        print(f"image  {image} is there")
    elif dry_run:
        print(f"image  {image} would be built and pushed")
    else:
        build_and_push(ROOT, image, ecr)
        print(f"image  {image} pushed")


def _deploy_files(place: dict[str, Any], *, dry_run: bool) -> None:
    s3 = boto3.client("s3", region_name=place["region"])
    bucket = place["bucket"]
    files = files_for(ROOT, place["airflow"])
    put, gone = changes(bucket, files, s3)
    for key in put:
        print(f"put    s3://{bucket}/{key}")
        if not dry_run:
            s3.put_object(
                Bucket=bucket,
                Key=key,
                Body=files[key],
                Metadata={DIGEST: digest(files[key])},
                ServerSideEncryption="aws:kms",
                SSEKMSKeyId=place["key_arn"],
            )
    for key in gone:
        print(f"delete s3://{bucket}/{key}")
        if not dry_run:
            s3.delete_object(Bucket=bucket, Key=key)
    verb = "would change" if dry_run else "changed"
    print(f"files  {len(files)} belong there, {len(put) + len(gone)} {verb}")


def _fail(sentence: str) -> int:
    print(f"deftunes: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
