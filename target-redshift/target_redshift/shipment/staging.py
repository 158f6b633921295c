"""The files' place on S3: they are there from the upload to the end of the load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from columnar_target.storage.storage import Storage


@dataclass(frozen=True)
class Staging:
    """A schema's staging place, which one load at a time uses.

    Attributes:
        storage: S3.
        folder: The schema's own, below the staging URL.
        load_id: The load's own name.
    """

    storage: Storage
    folder: str
    load_id: str
    _sent: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, storage: Storage, warehouse: str, schema: str, load_id: str) -> Staging:
        """The place of a schema of a warehouse.

        Args:
            storage: S3, at the staging URL.
            warehouse: Which one, so that several may share a staging URL.
            schema: Its schema.
            load_id: The load's own name.
        """
        mark = hashlib.sha256(f"{warehouse}\0{schema}".encode()).hexdigest()[:12]
        return cls(storage, f"target-redshift-{mark}", load_id)

    def clear(self) -> int:
        """Remove all that is there: of this load, or of one that was killed.

        Only while no other load of the schema can be at work.

        Returns:
            How many files there were.
        """
        left = self.storage.files_below(self.storage.url(self.folder))
        for file in left:
            self.storage.remove(file.path)
        return len(left)

    def remove_own(self) -> None:
        """Remove what this load has sent."""
        while self._sent:
            self.storage.delete(self._sent.pop())

    def send(self, name: str, files: Sequence[Path]) -> str:
        """Upload files, and a manifest of them.

        Args:
            name: Of what they are, unique within the load.
            files: The files; they stay.

        Returns:
            The manifest's URL.
        """
        entries = []
        for number, file in enumerate(files, start=1):
            url = self._url(f"{name}-{number:04}{file.suffix or '.parquet'}")
            size = file.stat().st_size
            self.storage.put(file, url)
            # COPY of Parquet asks for the length
            entries.append({"url": url, "mandatory": True, "meta": {"content_length": size}})
        manifest = self._url(f"{name}.manifest")
        self.storage.write_bytes(manifest, json.dumps({"entries": entries}).encode())
        return manifest

    def _url(self, name: str) -> str:
        # no folders: S3 has none, and Arrow leaves a mark where it has removed all that was in one
        url = self.storage.url(f"{self.folder}/{self.load_id}-{name}")
        self._sent.append(url)
        return url
