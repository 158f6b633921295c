"""A Singer target for Amazon Redshift: Parquet on S3, COPY, one transaction."""
