"""Staged rows as relations of DuckDB."""
