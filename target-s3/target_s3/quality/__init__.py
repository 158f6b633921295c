"""Rules held against what a load would change, and what follows from breaking them."""
