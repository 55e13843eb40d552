"""Single sources of truth for tests."""
