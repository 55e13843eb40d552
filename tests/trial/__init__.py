"""Tests of trials: the user's own tests decide."""
