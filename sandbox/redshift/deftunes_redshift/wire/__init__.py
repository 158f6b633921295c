"""The protocol that Redshift's clients speak."""
