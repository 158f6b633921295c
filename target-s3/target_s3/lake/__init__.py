"""The lake's files: the only code that touches them, and the runs' records."""
