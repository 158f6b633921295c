"""A table's rows as files of columns, read with ADBC, in place of a RECORD for each row."""
