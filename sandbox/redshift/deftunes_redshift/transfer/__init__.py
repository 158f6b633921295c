"""COPY and UNLOAD: between tables and files on S3."""
