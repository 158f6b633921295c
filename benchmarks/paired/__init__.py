"""Paired runs: ours and the peers' in turn, on the same data, held to the same result."""
