"""Stand-ins for what DeFtunes does not own: the purchase API and the songs database."""

from __future__ import annotations

from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.sandbox import Sandbox
from deftunes_sandbox.settings import SandboxSettings

__all__ = ["Sandbox", "SandboxError", "SandboxSettings"]
