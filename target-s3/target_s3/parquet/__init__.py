"""Parquet files made of other files' columns, byte by byte: nothing is decoded."""
