"""The DeFtunes report: one self-contained page and a machine-readable summary of a run."""
