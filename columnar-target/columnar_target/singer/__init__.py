"""Singer messages in: read, checked, taken by stream."""
