"""Stand-ins for what DeFtunes does not own: the purchase API and the songs database."""
