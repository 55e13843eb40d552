"""One file through all stages."""
