"""A Singer target for S3 or a local folder: landing files and Iceberg tables, merged by key."""
