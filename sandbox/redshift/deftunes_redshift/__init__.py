"""A stand-in for Amazon Redshift on this machine."""
