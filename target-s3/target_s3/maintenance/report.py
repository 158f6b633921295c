"""What maintenance did, or would do: for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from target_s3.maintenance.small_files import Group


@dataclass
class Tally:
    """Some files."""

    files: int = 0
    bytes: int = 0

    def add(self, size: int) -> None:
        """Count one more file of a size in bytes."""
        self.files += 1
        self.bytes += size


@dataclass(frozen=True)
class Compacted:
    """Small files that became fewer.

    Attributes:
        files_before: Data files that were rewritten.
        files_after: Data files that hold their rows now.
        bytes_before: Size of the former.
        bytes_after: Size of the latter; None in a dry run, which does not write them.
    """

    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int | None = 0

    @classmethod
    def of(cls, groups: Sequence[Group], *, bytes_after: int | None) -> Compacted:
        """The sum over groups of files that become one file each."""
        files = [file for group in groups for file in group]
        size = sum(file.file_size_in_bytes for file in files)
        return cls(len(files), len(groups), size, bytes_after)


@dataclass
class TableReport:
    """What became of one table.

    Attributes:
        compacted: Its small files.
        audits_dropped: Audit branches of loads that were stopped or killed.
        snapshots_expired: How many of its snapshots are gone.
        removed: Files that nothing referred to.
        notes: What was left alone, and why.
    """

    compacted: Compacted = field(default_factory=Compacted)
    audits_dropped: int = 0
    snapshots_expired: int = 0
    removed: Tally = field(default_factory=Tally)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str | None) -> None:
        """Tell of something that was left alone."""
        if text:
            self.notes.append(text)

    def sentence(self, name: str, *, dry_run: bool) -> str:
        """The same in words."""
        notes = "".join(f"; {note}" for note in self.notes)
        done = (self.compacted.files_before, self.audits_dropped, self.snapshots_expired)
        if not (any(done) or self.removed.files):
            return f"Table {name}: nothing to do{notes}."
        after = self.compacted.bytes_after
        sizes = _size(self.compacted.bytes_before) + (f" as {_size(after)}" if after else "")
        would = "would be " if dry_run else ""
        audits = (
            f"{self.audits_dropped} audit branches {would}dropped, " if self.audits_dropped else ""
        )
        return (
            f"Table {name}: {self.compacted.files_before} small files {would}rewritten as "
            f"{self.compacted.files_after} ({sizes}), {audits}{self.snapshots_expired} snapshots "
            f"{would}expired, {self.removed.files} files {would}removed "
            f"({_size(self.removed.bytes)}){notes}."
        )


@dataclass
class Report:
    """What became of a lake.

    Attributes:
        lake_url: The lake.
        namespace: The tables' namespace.
        dry_run: Whether nothing was done.
        journals_finished: Publications of killed loads that were finished first.
        tables: By name.
        left_alone: Tables of the namespace that were not looked after, and why.
        failed: Tables whose maintenance failed, and why.
        staging_removed: What dead loads had staged.
        landing_unnamed: Landing files that no run record names, by stream; none is removed.
    """

    lake_url: str
    namespace: str
    dry_run: bool
    journals_finished: int = 0
    tables: dict[str, TableReport] = field(default_factory=dict)
    left_alone: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    staging_removed: Tally = field(default_factory=Tally)
    landing_unnamed: dict[str, Tally] = field(default_factory=dict)

    def sentences(self) -> Iterator[str]:
        """The report in words, but for what failed."""
        if self.journals_finished:
            would = "would be " if self.dry_run else ""
            yield f"{self.journals_finished} publications of killed loads {would}finished."
        for name, table in self.tables.items():
            yield table.sentence(name, dry_run=self.dry_run)
        for name, reason in self.left_alone.items():
            yield f"Table {name} is left alone: {reason}."
        if self.staging_removed.files:
            would = "would be " if self.dry_run else ""
            yield (
                f"{self.staging_removed.files} files of dead loads {would}removed from staging "
                f"({_size(self.staging_removed.bytes)})."
            )
        for stream, files in self.landing_unnamed.items():
            yield (
                f"Landing zone, {stream}: {files.files} files ({_size(files.bytes)}) that no run "
                "record names, of runs that were killed. They are never removed."
            )

    def as_json(self) -> dict[str, Any]:
        """The report as JSON's types."""
        return asdict(self)


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:  # noqa: PLR2004 - what a unit is made of
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
