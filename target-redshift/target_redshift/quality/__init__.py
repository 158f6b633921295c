"""Rules held against the rows of a load before its transaction commits."""
