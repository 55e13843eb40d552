"""Run the user's own tests before and after a change, and keep only what they pass."""
