"""Data contracts: what each source and published table promises, made from the sources of truth."""
