"""Faulty copies of `target-s3`'s gates: rules, audit branches, journal, quarantine."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

GATES = (
    Mutant(
        "shows what has not been audited",
        "target_s3.publishing.audited",
        "published = self.publisher.stage(candidate.table, candidate.arrival)",
        "published = self.publisher.publish(candidate.table, candidate.arrival)",
        "rules",
        "stops_all_streams",
    ),
    Mutant(
        "asks rules about the table as it was",
        "target_s3.quality.gate",
        "whole = rows_of_table(published.fields, published.files)",
        "whole = rows_of_table(published.fields, published.files[:-1])",
        "rules",
        "what_it_would_become",
    ),
    Mutant(
        "does not audit anew what others have changed",
        "target_s3.publishing.audited",
        "        self._audit([self._staged[number]], outcome, again=True)\n",
        "",
        "journal",
        "second_audit",
    ),
    Mutant(
        "takes a move that lost for one that was made",
        "target_s3.publishing.audited",
        "return is_published(table, snapshot_id)",
        "return True",
        "concurrent",
        "very_move",
    ),
    Mutant(
        "takes a lost answer to a move for a failure",
        "target_s3.iceberg.sure_commits",
        "if not (added or shown):",
        "if not added:",
        "tests/lake/test_answers.py",
        "answer_is_lost and True",
    ),
    Mutant(
        "writes no journal",
        "target_s3.publishing.journal",
        "if self.storage.put_new(staged, url):",
        "if staged:",
        "journal",
        "next_load_finishes",
    ),
    Mutant(
        "moves the tables before it writes the journal",
        "target_s3.publishing.audited",
        "        journal = self.journals.begin(self._moves(), outcome)\n        try:\n",
        "        for staged in self._staged:\n"
        "            _ = [self._is_shown(table, part) for table, part in staged.parts]\n"
        "        journal = self.journals.begin(self._moves(), outcome)\n        try:\n",
        "local_faults",
        "journal_that_finds_no_room",
    ),
    Mutant(
        "removes the journal before the run is recorded",
        "target_s3.publishing.journal",
        "        if outcome.streams:\n"
        "            write_outcome(self.storage, self.settings.runs_path, run_id, outcome)\n"
        "        self.storage.delete(url)\n",
        "        self.storage.delete(url)\n"
        "        if outcome.streams:\n"
        "            write_outcome(self.storage, self.settings.runs_path, run_id, outcome)\n",
        "tests/chaos/test_chaos.py",
        "target_ended and rename",
    ),
    Mutant(
        "leaves the journal of a load that is stopped between its moves",
        "target_s3.publishing.audited",
        "            self.journals.end(journal, outcome)\n            raise\n",
        "            raise\n",
        "concurrent",
        "still_to_move",
    ),
    Mutant(
        "finishes rows without keys that come again",
        "target_s3.publishing.journal",
        "if move.appends:",
        "if move.appends and move.stream == '':",
        "journal",
        "rows_without_keys",
    ),
    Mutant(
        "appends rows again when their quarantine was overtaken",
        "target_s3.publishing.audited",
        "if seen is not None and staged.candidate.appends:",
        "if seen is not None and not self._staged:",
        "concurrent",
        "come_once",
    ),
    Mutant(
        "publishes rows that are set aside",
        "target_s3.merging.merge",
        "delete from {_CHANGED} where position in (select position from {withheld})",
        "delete from {_CHANGED} where false and position in (select position from {withheld})",
        "rules",
        "set_aside",
    ),
    Mutant(
        "loses a good version for a bad one after it",
        "target_s3.quality.gate",
        "        if self._withheld:\n            self._find_others(",
        "        if not self._withheld:\n            self._find_others(",
        "quarantine_model",
        "good_version",
    ),
    Mutant(
        "keeps a row in quarantine that is good by now",
        "target_s3.quality.quarantine",
        "named=None if whole or not keyed else _RELEASED,",
        "named=None,",
        "rules",
        "leaves_quarantine",
    ),
    Mutant(
        "sets all rows aside, however many",
        "columnar_target.quality.verdict",
        "return self.is_above_limit or any(check.stops for check in self.checks)",
        "return any(check.stops for check in self.checks)",
        "rules",
        "more_bad_rows",
    ),
    Mutant(
        "gives two branches one name",
        "target_s3.iceberg.branches",
        "while name in table.metadata.refs:",
        "while name in ():",
        "rules",
        "from_the_branch",
    ),
    Mutant(
        "leaves branches behind",
        "target_s3.iceberg.branches",
        "drop = () if branch is None else (_removal(branch),)",
        "drop = ()",
        "rules",
        "published_whole",
    ),
)
