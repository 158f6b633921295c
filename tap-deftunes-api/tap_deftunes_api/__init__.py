"""A Singer tap for the DeFtunes purchase API: users, sessions, session items."""
