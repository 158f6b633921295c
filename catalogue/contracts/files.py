"""The contracts as they lie in docs/contracts, and how they differ from what they should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from catalogue.contracts.making import SUFFIX, Contract
from catalogue.yaml_text import parse_yaml

FOLDER = "docs/contracts"
_HEAD = """\
# Open Data Contract Standard 3.1. Made by `make contracts` of the tap's schema, load/, quality/
# and transform/: change it there.
"""


def write_contracts(folder: Path, contracts: Mapping[str, Contract]) -> None:
    """Write each contract into its file, and remove files of contracts that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, contract in contracts.items():
        text = yaml.safe_dump(contract, sort_keys=False, allow_unicode=True, width=96)
        (folder / f"{name}{SUFFIX}").write_text(_HEAD + text, encoding="utf-8")
    for file in folder.glob(f"*{SUFFIX}"):
        if file.name.removesuffix(SUFFIX) not in contracts:
            file.unlink()


def read_contracts(folder: Path) -> dict[str, Contract]:
    """The contracts as they lie there, by name."""
    files = sorted(folder.glob(f"*{SUFFIX}"))
    return parse_contracts({file.name: file.read_text(encoding="utf-8") for file in files})


def parse_contracts(texts: Mapping[str, str]) -> dict[str, Contract]:
    """The contracts that texts hold, by name.

    Args:
        texts: By the name of the file.
    """
    return {name.removesuffix(SUFFIX): parse_yaml(text) for name, text in texts.items()}


def drift(written: Mapping[str, Contract], made: Mapping[str, Contract]) -> list[str]:
    """Where written contracts differ from those that the sources of truth make, a sentence each."""
    found = []
    for name in sorted({*written, *made}):
        file = f"{FOLDER}/{name}{SUFFIX}"
        if name not in made or name not in written:
            missing = "is written for nothing that is there" if name in written else "is missing"
            found.append(f"{file} {missing}: run `make contracts`.")
            continue
        old, new = dict(_flat(written[name])), dict(_flat(made[name]))
        found += [
            f"{file}: {place} is {old.get(place, 'absent')!r} there and "
            f"{new.get(place, 'absent')!r} by the sources of truth: run `make contracts` and look "
            "at the difference."
            for place in [*new, *(one for one in old if one not in new)]
            if old.get(place) != new.get(place)
        ]
    return found


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value of a contract, and the way to it by names."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            name = inner.get("name", number) if isinstance(inner, dict) else number
            yield from _flat(inner, f"{place}[{name}]")
    else:
        yield place, value
