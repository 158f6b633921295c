"""The rules of tables, and what came of them."""
