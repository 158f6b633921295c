"""Windows handed over as columns, in files: what `batch_config` asks for."""
