"""meltanolabs-tap-postgres that tells when a read is whole, and hands tables over as columns."""
