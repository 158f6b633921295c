"""The version of a contract: told by what it promises, against the one that was committed.

What was promised and is no more, or otherwise, breaks those who rely on it: major. What is promised
anew: minor. Words, and where something comes from: patch.
"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from catalogue.contracts.files import FOLDER, parse_contracts, read_contracts
from catalogue.contracts.making import FIRST, SUFFIX, Contract

_PROMISED = (
    *("logicalType", "physicalType", "required", "primaryKey", "primaryKeyPosition"),
    *("relationships", "classification"),
)
"""What a property promises; the rest of it are words, and its origin."""


def versioned(
    made: Mapping[str, Contract], committed: Mapping[str, Contract]
) -> dict[str, Contract]:
    """Give each contract its version; one that is new begins with the first.

    Args:
        made: The contracts as they are to be, by name.
        committed: Those that were published last, by name.
    """
    return {
        name: {**contract, "version": _version(committed.get(name), contract)}
        for name, contract in made.items()
    }


def committed_contracts(root: Path) -> dict[str, Contract]:
    """The contracts of the last commit; where there is none, those that lie there.

    Args:
        root: The project's folder.
    """
    found = _contracts_of("HEAD", root)
    return read_contracts(root / FOLDER) if found is None else found


def misversioned(root: Path) -> list[str]:
    """Which contracts the commit that changed them last gave another version than it should have.

    Args:
        root: The project's folder.

    Returns:
        A sentence each; none where the commit before is not there, as in a shallow clone.
    """
    commit = _git(root, "log", "-1", "--format=%H", "--", FOLDER).decode().strip()
    before, after = _contracts_of(f"{commit}^", root), _contracts_of(commit, root)
    if before is None or after is None:
        return []
    return [
        f"{FOLDER}/{name}{SUFFIX} has version {after[name]['version']}; it is "
        f"{contract['version']} by what {commit[:7]} changed in it: correct it there."
        for name, contract in versioned(after, before).items()
        if contract != after[name] and _unversioned(contract) != _unversioned(before.get(name, {}))
    ]


def _contracts_of(commit: str, root: Path) -> dict[str, Contract] | None:
    archive = _git(root, "archive", "--format=tar", commit, FOLDER)
    if not archive:
        return None
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        files = {member.name: packed.extractfile(member) for member in packed}
        texts = {name: file.read().decode() for name, file in files.items() if file is not None}
    return parse_contracts({name.rpartition("/")[2]: text for name, text in texts.items()})


def _git(root: Path, *words: str) -> bytes:
    """What git says; nothing where it does not know."""
    command = ["git", *words]
    return subprocess.run(command, cwd=root, capture_output=True, check=False).stdout


def _unversioned(contract: Contract) -> Contract:
    return {**contract, "version": ""}


def _version(old: Contract | None, new: Contract) -> str:
    if old is None:
        return FIRST
    major, minor, patch = map(int, old["version"].split("."))
    before, after = set(_promises(old)), set(_promises(new))
    if before - after:
        return f"{major + 1}.0.0"
    if after - before:
        return f"{major}.{minor + 1}.0"
    if _unversioned(old) != _unversioned(new):
        return f"{major}.{minor}.{patch + 1}"
    return str(old["version"])


def _promises(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """All that is promised: of what, which, and how it reads."""
    for one in contract.get("slaProperties", ()):
        yield "", "sla", _text(one)
    for table in contract["schema"]:
        yield table["name"], "kind", table["physicalType"]
        yield from _rules(table["name"], table)
        for column in table["properties"]:
            yield from _of_property(table["name"], column)


def _of_property(within: str, column: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    place = f"{within}.{column['name']}"
    yield place, "is there", ""
    for key in _PROMISED:
        if key in column:
            yield place, key, _text(column[key])
    yield from _rules(place, column)
    inner = column.get("items", {})
    if "logicalType" in inner:
        yield place, "items", inner["logicalType"]
    for one in inner.get("properties", ()):
        yield from _of_property(place, one)


def _rules(place: str, holder: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for rule in holder.get("quality", ()):
        yield place, "rule", _text(rule)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
