"""Iceberg tables: opened, fitted to their streams, written, committed to."""
