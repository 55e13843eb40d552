"""The factory for projects that have none of their own: what migrated tests import."""

from ssot_migrate.factory.mock_factory import SSotMockFactory

__all__ = ["SSotMockFactory"]
