"""Files in a folder or on S3: the only code that touches them."""
