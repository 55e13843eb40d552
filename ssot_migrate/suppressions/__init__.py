"""Comments that accept a violation: written, and read."""
