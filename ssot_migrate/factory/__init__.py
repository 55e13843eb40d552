"""The mock factory that migrated tests import."""
