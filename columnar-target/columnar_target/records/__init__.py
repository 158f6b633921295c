"""Records checked against their schema and turned into columns, exactly."""
