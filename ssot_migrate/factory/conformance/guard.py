"""Turn what a factory raises during a check into the check's failure."""

from collections.abc import Callable

from ssot_migrate.factory.conformance.check import Check, Failed, Skipped, Subject

Run = Callable[[Subject], None]


def guarded(identity: str, summary: str, run: Run) -> Check:
    """Make a check of the group that its id begins with."""

    def guarded_run(subject: Subject) -> None:
        try:
            run(subject)
        except (Failed, Skipped):
            raise
        except Exception as error:
            raise Failed(f"{type(error).__name__}: {error}") from error

    return Check(identity, identity.partition("-")[0], summary, guarded_run)


def none_wrong(problems: list[str]) -> None:
    """Raise Failed with a line a problem, where there is one."""
    if problems:
        raise Failed("\n".join(dict.fromkeys(problems)))
