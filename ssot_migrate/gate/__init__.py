"""The gate of ``check``: what is new, and what was accepted."""
