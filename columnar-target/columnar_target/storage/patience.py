"""How long AWS is waited for: a busy service is asked again, a dead one is told within a minute.

Both clients of S3 (ours and pyiceberg's) and Glue's get the same. What the user sets among the
catalog's properties goes before: `s3.connect-timeout`, `s3.request-timeout`, `glue.max-retries`
as pyiceberg knows them, and `glue.connect-timeout` and `glue.request-timeout` beside them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pyarrow.fs as pafs

from columnar_target.errors import SettingError

ATTEMPTS = 4
"""How often a call is made that fails for a passing reason, with longer and longer breaks."""

CONNECT_SECONDS = 3.0
REQUEST_SECONDS = 8.0
"""For so long a service may say nothing; AWS answers what we ask in a fraction of that."""


def retries() -> Any:
    """S3's strategy: overload, failures within S3 and broken connections are tried again."""
    return pafs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS)


def s3_options(properties: Mapping[str, str]) -> dict[str, Any]:
    """Arguments of Arrow's S3 file system.

    Args:
        properties: The catalog's, as the user wrote them.

    Raises:
        SettingError: One is no number of seconds.
    """
    return {
        "connect_timeout": _number(properties, "s3.connect-timeout", CONNECT_SECONDS),
        "request_timeout": _number(properties, "s3.request-timeout", REQUEST_SECONDS),
        "retry_strategy": retries(),
    }


def patient(properties: Mapping[str, str]) -> dict[str, Any]:
    """The properties of a catalog with what makes its clients as patient.

    Args:
        properties: As the user wrote them.

    Raises:
        SettingError: One is no number.
    """
    added: dict[str, Any] = {
        "s3.connect-timeout": _number(properties, "s3.connect-timeout", CONNECT_SECONDS),
        "s3.request-timeout": _number(properties, "s3.request-timeout", REQUEST_SECONDS),
        "s3.retry-strategy-impl": f"{__name__}.{retries.__name__}",
    }
    if properties.get("type") == "glue":
        added["glue.max-retries"] = int(_number(properties, "glue.max-retries", ATTEMPTS - 1))
        added["botocore_session"] = _glue_session(properties)
    return {**properties, **added}


def _glue_session(properties: Mapping[str, str]) -> Any:
    """What pyiceberg's Glue client is made from: it takes this from nowhere else."""
    # not installed, and not needed, without Glue
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import get_session  # noqa: PLC0415

    session = get_session()
    session.set_default_client_config(
        Config(
            connect_timeout=_number(properties, "glue.connect-timeout", CONNECT_SECONDS),
            read_timeout=_number(properties, "glue.request-timeout", REQUEST_SECONDS),
        )
    )
    session.register("needs-retry.glue", _again_if_cut)
    return session


def _again_if_cut(response: Any, attempts: int, **_more: Any) -> float | None:
    """How long to wait before a call is made again whose answer was cut off.

    botocore takes such an answer for an empty one.

    Args:
        response: The answer as it came and as it was understood; None if none came.
        attempts: How often the call was made.

    Raises:
        IncompleteReadError: It was made often enough.
    """
    from botocore.exceptions import IncompleteReadError  # noqa: PLC0415

    if response is None:
        return None
    answer, _understood = response
    promised, came = int(answer.headers.get("content-length", 0)), len(answer.content)
    if came >= promised:
        return None
    if attempts >= ATTEMPTS:
        raise IncompleteReadError(actual_bytes=came, expected_bytes=promised)
    return random.uniform(0, 2.0 ** (attempts - 1))  # noqa: S311 - not a secret


def _number(properties: Mapping[str, str], name: str, default: float) -> float:
    text = properties.get(name, default)
    try:
        return float(text)
    except ValueError as fault:
        raise SettingError(f"Setting catalog.{name} is {text!r}: write a number.") from fault
