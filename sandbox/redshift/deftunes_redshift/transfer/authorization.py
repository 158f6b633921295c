"""How a statement proves that it may use AWS: each form that Redshift reads, and no other.

See "Authorization parameters" (copy-parameters-authorization). The stand-in checks the form and
goes to S3 with credentials of its own, for the emulated AWS opens to any.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.clauses import Clauses

_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_PAIR = re.compile(r"\s*(\w+)\s*=\s*([^;]+?)\s*")
_FORMS = (
    "Invalid credentials. Must be of the format: credentials 'aws_iam_role=...' or "
    "'aws_access_key_id=...;aws_secret_access_key=...[;token=...]'"
)


@dataclass(frozen=True)
class Authorization:
    """That there is one, and of which kind; a secret is not kept.

    Attributes:
        role: The role's ARN (several, with commas), or `default`; empty for keys.
    """

    role: str


def take_authorization(clauses: Clauses) -> Authorization | None:
    """Read one authorization, if it comes next.

    Raises:
        RedshiftError: It is none of Redshift's forms.
    """
    if clauses.take("iam_role"):
        return take_role(clauses)
    if clauses.take("access_key_id"):
        return _keys(clauses)
    if clauses.take("with", "credentials") or clauses.take("credentials"):
        clauses.take("as")
        return _credentials(clauses.string())
    return None


def take_role(clauses: Clauses) -> Authorization:
    """Read what follows IAM_ROLE."""
    if clauses.take("default"):
        return Authorization("default")
    role = clauses.string()
    if role == "default" or all(_ROLE.fullmatch(arn) for arn in _chained(role)):
        return Authorization(role)
    raise RedshiftError(f"Invalid IAM role: '{role}' is not the ARN of a role", "22023")


def _chained(roles: str) -> list[str]:
    """The roles of a chain, which commas part."""
    return re.split(r",(?=arn:)", roles)


def _keys(clauses: Clauses) -> Authorization:
    clauses.take("as")
    clauses.string()
    clauses.expect("secret_access_key")
    clauses.take("as")
    clauses.string()
    if clauses.take("session_token"):
        clauses.take("as")
        clauses.string()
    return Authorization("")


def _credentials(text: str) -> Authorization:
    pairs = [_PAIR.fullmatch(part) for part in text.split(";")]
    given = {pair[1]: pair[2] for pair in pairs if pair}
    names = set(given)
    if None in pairs or len(given) != len(pairs):
        raise RedshiftError(_FORMS, "22023")
    if names == {"aws_iam_role"} and all(map(_ROLE.fullmatch, _chained(given["aws_iam_role"]))):
        return Authorization(given["aws_iam_role"])
    if names - {"token"} == {"aws_access_key_id", "aws_secret_access_key"}:
        return Authorization("")
    raise RedshiftError(_FORMS, "22023")
