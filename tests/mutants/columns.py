"""Faulty copies of `target-s3`'s way with columns: copied pages, patches, comparisons."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

COLUMNS = (
    Mutant(
        "copies rows that are there already",
        "target_s3.merging.merge",
        "if rows == len(each)]",
        "if rows]",
        "parquet",
        "is_not_new",
    ),
    Mutant(
        "copies rows of several partitions into one",
        "target_s3.iceberg.stitched",
        "return least if least ==",
        "return least if True or least ==",
        "parquet",
        "several_partitions",
    ),
    Mutant(
        "writes patched rows a second time",
        "target_s3.merging.merge",
        'return f"(from changed where old_file is null or old_file not in ({numbers}))"',
        'return "changed"',
        "patches",
        "new_and_changed",
    ),
    Mutant(
        "patches a file that loses rows",
        "target_s3.merging.patching",
        "possible = set(files) - {self.files[number] for (number,) in losers}",
        "possible = set(files)",
        "patches",
        "loses_rows",
    ),
    Mutant(
        "patches rows that leave their partition",
        "target_s3.merging.patching",
        " and not differing & set(fixed)",
        "",
        "patches",
        "leaves_its_partition",
    ),
    Mutant(
        "patches a file of another partition spec",
        "target_s3.merging.publish",
        "            and task.file.spec_id == files.table.spec().spec_id\n",
        "",
        "other_writers",
        "earlier_partition_spec",
    ),
    Mutant(
        "puts new values one row too late",
        "target_s3.iceberg.patched",
        "mask[here.column(ROW).to_numpy() - first] = True",
        "mask[(here.column(ROW).to_numpy() - first + 1) % rows] = True",
        "patches",
        "keep_their_place",
    ),
    Mutant(
        "takes null for the same as any value",
        "target_s3.merging.alignment",
        "        differs = pc.or_(differs, pc.xor(one.is_null(), other.is_null()))\n",
        "        pass\n",
        "alignment",
        "came_or_went",
    ),
    Mutant(
        "takes row groups of one size for the same",
        "target_s3.merging.twins",
        "alike = (each for each in arrived[size] if _same(chunks, _chunks(each[1], names)))",
        "alike = (each for each in arrived[size])",
        "parquet order merge",
        "",
    ),
    Mutant(
        "finds twins by the names of columns",
        "target_s3.merging.twins",
        "if size not in arrived or not _is(group, ids, others):",
        "if size not in arrived:",
        "parquet",
        "same_bytes_are_a_change",
    ),
    Mutant(
        "looks into the files of few rows only for their keys, not for their groups",
        "target_s3.merging.search",
        'f"select old_file from matched union {self.removals.touched_files()}"',
        '"select distinct old_file from matched"',
        "merge",
        "loses_a_row_in_a_file",
    ),
    Mutant(
        "gives bounds that some texts are beyond",
        "target_s3.iceberg.datafiles",
        "    for field_id in _unbounded(fields, metadata):",
        "    for field_id in ():",
        "other_writers",
        "bounds_tell_nothing",
    ),
)
