"""From staged rows to what readers see: prepared, audited, moved into place."""
