"""Migrate hand-built mocks in Python test suites to a single source of truth, a mock factory."""

__version__ = "0.1.0"
