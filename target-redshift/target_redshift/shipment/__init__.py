"""What is sent to the warehouse: the latest version of each row, in files on S3."""
