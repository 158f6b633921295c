"""What the world's faults mean, in words that say what to do."""

from __future__ import annotations

import errno
import re

_MEANINGS = {
    "the AWS credentials have expired: get new ones": (
        r"ExpiredToken|RequestExpired|TokenRefreshRequired",
        r"token .*expired",
    ),
    "this machine's clock is too far from AWS's: set it": (
        r"RequestTimeTooSkewed|REQUEST_TIME_TOO_SKEWED",
        r"Signature (expired|not yet current)",
    ),
    "AWS does not know the credentials, or there are none: set them": (
        r"Unable to locate credentials|Partial credentials",
        r"InvalidAccessKeyId|INVALID_ACCESS_KEY_ID|InvalidClientTokenId|INVALID_CLIENT_TOKEN",
        r"UnrecognizedClient|SignatureDoesNotMatch|SIGNATURE_DOES_NOT_MATCH",
    ),
    (
        "AWS refuses and gives no reason at this call: see that the credentials have not expired, "
        "that their role may do this, and that the clock is right"
    ): (r"(ACCESS_DENIED|HTTP status 40[03]\)).*No response body",),
    "AWS denies access: give the role the right to do this": (
        r"AccessDenied|ACCESS_DENIED|not authorized|HTTP status 403",
    ),
    "there is no such bucket: make it, or correct the setting that names it": (
        r"NO_SUCH_BUCKET|NoSuchBucket|bucket does not exist",
    ),
    "AWS is asked too much and stays busy, also when asked again: run later": (
        r"SLOW_DOWN|SlowDown|Throttling|Rate exceeded|RequestLimitExceeded",
    ),
    "AWS fails at it, also when asked again: run later": (
        r"HTTP status 5\d\d|INTERNAL_FAILURE|InternalService|InternalError|InternalFailure",
        r"SERVICE_UNAVAILABLE|ServiceUnavailable|reached max retries",
    ),
    "no answer comes, also when asked again: see that the network and the endpoint are right": (
        r"NETWORK_CONNECTION|curlCode|[Tt]imed? ?out|Could not connect|Failed to (connect|resolve)",
        r"read, but total bytes expected",
        r"Connection (was closed|refused|reset|aborted|broken)",
    ),
    "memory_limit is too small for these rows: raise it": (
        r"Out of Memory|failed to (pin|allocate)|could not allocate",
    ),
    "the disk is full: make room": (r"No space left on device|disk is full|Disk quota exceeded",),
    "another process keeps the catalog locked: wait for it, or end it": (r"database is locked",),
    "the catalog is damaged: put back a copy of it": (
        r"file is not a database|database disk image is malformed",
    ),
    "this user may not do that there: give the right, or name another lake": (
        r"Permission denied|Operation not permitted|unable to open database",
        r"readonly database|Read-only file system",
    ),
    "a data file of the table is damaged: put back a copy of it": (
        r"No magic bytes|too small to be a Parquet|Failed to read file|Decompression failure",
        r"Parquet magic|[Cc]orrupt",
    ),
    "a file that is needed is gone: put it back": (
        r"No such file or directory|No files found that match|Path does not exist|does not exist",
        r"NO_SUCH_KEY|NoSuchKey|Not Found",
    ),
    "something else is where a folder or a file should be: move it away": (
        r"File exists|Not a directory|Is a directory",
    ),
    "a file grows beyond what this process may write: raise its limit": (r"File too large",),
}
"""What a fault means, by signs in its words; the first that is found counts."""

_NOTHING_MEANT = "mend that"


def told(fault: BaseException) -> str:
    """A fault's meaning and what to do, with the words it came in.

    Args:
        fault: What a library raised. It is about files and services; of rows it says nothing.
    """
    words = _words(fault)
    for meaning, signs in _MEANINGS.items():
        if any(re.search(sign, words) for sign in signs):
            return f"{meaning} ({words})"
    return f"{words}: {_NOTHING_MEANT}"


def _words(fault: BaseException) -> str:
    """The first line of what was said, and the file it is about."""
    if isinstance(fault, OSError) and fault.strerror and fault.errno in errno.errorcode:
        file = fault.filename2 or fault.filename
        name = f" {file}" if file else ""
        words = f"{fault.strerror}{name}"
    else:
        words = (str(fault) or type(fault).__name__).splitlines()[0]
    return words.strip().rstrip(".:")
