"""The docs as one folder of pages that opens from disk and asks nothing of the network."""
