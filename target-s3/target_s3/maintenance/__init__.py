"""Keeps tables small and quick: `target-s3 --maintain`."""
