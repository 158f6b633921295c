"""Names of columns that SQL, file formats or this target itself may stumble over."""

from __future__ import annotations

NAMES = [
    *("select", "table", "group", "null", "order by", "primary key", "type", "properties"),
    *("a.b", "a.b.c", ".", "..", "a b", " ", "trailing ", " leading", "tab\t", "line\nbreak"),
    *('say "x"', "it's", "`", "100%", "%s", "{x}", "{", "}}", "${x}", "$", "$ref", "$id", "@x"),
    *("a/b", "a\\b", "[0]", "a[0]", "a,b", "a;b", "a:b", "a=b", "a-b", "#", "?", "*", "(", "|"),
    *("1st", "1", "-1", "_", "__", "__proto__", "constructor", "<b>", "&amp;", "\u202ertl"),
    *("Name", "name", "NAME", "NAME_2", "name_1", "STRASSE", "straße", "İ", "i"),
    *("caf\u00e9", "cafe\u0301", "日本", "🎵", "n" * 300, "definitions", "enum", "multipleOf"),
    # what this target, DuckDB or Parquet call things themselves
    *("c1", "c2", "position", "old_file", "filename", "file_row_number", "value", "version"),
    *("latest", "incoming", "existing", "target_s3_partition", "target_s3_partitions", "copy"),
    *("ingest_on_", "_sdc_x", "rowid", "schema", "stream", "record", "key", "element", "data"),
]
