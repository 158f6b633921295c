"""AWS as far as DeFtunes uses it, on this machine: moto's server, and what moto leaves out."""

from __future__ import annotations

from deftunes_sandbox.aws.emulated import EmulatedAws
from deftunes_sandbox.aws.faults import AwsFault

__all__ = ["AwsFault", "EmulatedAws"]
