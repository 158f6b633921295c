"""The warehouse: a session, its tables, and the statements that load them."""
