"""What was written for a project's own factory, and how to go on."""

from pathlib import Path
from typing import IO

from ssot_migrate.settings.config import DEFAULT_FACTORY, Config
from ssot_migrate.settings.toolchain import shown
from ssot_migrate.starter import Start


def written(start: Start, config: Config, stream: IO[str]) -> None:
    """Print the new files and the next steps."""
    for path in start.files:
        stream.write(f"Wrote {shown(path)}\n")
    module, _, name = start.factory.partition(":")
    steps = []
    if start.factory != (config.factory or DEFAULT_FACTORY):
        origin = config.origins.get("factory")
        file = Path(origin.file) if origin and origin.file else config.root / "pyproject.toml"
        steps.append(
            f'In {shown(file)}, under [tool.ssot-migrate], set factory = "{start.factory}"'
        )
    if start.tests:
        steps.append(f"Run its tests: python -m pytest {shown(start.tests)}")
    steps += [
        "See what could come from it: ssot-migrate scan",
        "See what would change: ssot-migrate diff",
    ]
    stream.write(f"\n{name} is yours to change. Next:\n")
    for number, step in enumerate(steps, 1):
        stream.write(f"  {number}. {step}\n")
    stream.write(
        f"Where pytest does not find the module {module}, set"
        f' pythonpath = ["{start.folder}"] under [tool.pytest.ini_options].\n'
    )
