"""Which settings hold for which file, and where each comes from."""
