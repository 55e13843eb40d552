"""Where names lead that a file imports from other files of the project."""

from ssot_migrate.code.locate import Provenance, absolute, is_reexport, provenance
from ssot_migrate.contracts.shipped import is_shipped
from ssot_migrate.executing.disk import consult
from ssot_migrate.frozen import Frozen
from ssot_migrate.worker.settings import Followed, Settings


class Leads(Frozen):
    """Follows names through the project's files."""

    #: Dotted name of the factory class.
    factory: str
    #: Folders in which modules are looked for.
    roots: tuple[str, ...]
    #: Whether nobody names a factory.
    by_default: bool

    @classmethod
    def of(cls, settings: Settings) -> "Leads":
        """Follow names to the factory of a configuration."""
        module, class_name, *_ = settings.factory
        config = settings.config
        by_default = config.factory is None and is_shipped(settings.factory)
        return cls(f"{module}.{class_name}", config.pythonpath, by_default)

    def to_factory(self, location: str, followed: Followed, qualified: str) -> bool:
        """Say whether a name leads from a file to the factory."""
        name = absolute(qualified, location, self.roots)
        followed.to_factory[name] = self._leads(name)
        return followed.to_factory[name]

    def from_where(self, location: str, followed: Followed, qualified: str) -> Provenance:
        """Say where an import leads; where nobody names a factory, none is a wrong one."""
        if self.by_default:
            return Provenance.WANTED
        name = absolute(qualified, location, self.roots)
        followed.from_where[name] = self._comes(name)
        return followed.from_where[name]

    def still(self, followed: Followed) -> bool:
        """Say whether all names lead where they did."""
        led = (self._leads(name) is was for name, was in followed.to_factory.items())
        came = (self._comes(name) is was for name, was in followed.from_where.items())
        return all(led) and all(came)

    def _leads(self, name: str) -> bool:
        return consult(is_reexport, name, self.factory, self.roots, guess=name == self.factory)

    def _comes(self, name: str) -> Provenance:
        return consult(provenance, name, self.factory, self.roots, guess=Provenance.UNREAD)
