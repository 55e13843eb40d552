"""Codemods proposed from a test, and the examples of any."""
