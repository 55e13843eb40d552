"""Fixes carried out with LibCST, and proven."""
