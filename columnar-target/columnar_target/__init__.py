"""What Singer targets that load columns have in common: from a message to staged rows."""
