"""Codemods: what says how a family is recognised and what replaces it."""
