"""A stream's columns as Redshift keeps them."""
