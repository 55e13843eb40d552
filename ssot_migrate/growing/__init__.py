"""Advice on how a factory should grow, and the edits that follow it."""
