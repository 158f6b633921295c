"""What there is, what it means and where it comes from: lineage, contracts, the docs site."""
