"""A block held against a contract."""
