"""Back to a state that was, or on from one: `--replay`, `--roll-back`, `--rebuild`."""
