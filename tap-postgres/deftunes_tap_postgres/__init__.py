"""meltanolabs-tap-postgres that says when a whole read of a table is complete."""
