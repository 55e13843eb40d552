"""Write every file that is generated: the schemas that ship, and a page for each rule."""

import json
from collections.abc import Iterator
from pathlib import Path

from docs import schemas
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.report.page import index, page
from ssot_migrate.rules import load_own

ROOT = Path(__file__).parents[1]


def generated() -> Iterator[tuple[Path, str]]:
    """Yield each generated file, relative to the root, and its text; the pages read the schemas."""
    yield Path("ssot_migrate/schemas/codemod.schema.json"), _json(schemas.codemod())
    yield Path("ssot_migrate/schemas/settings.schema.json"), _json(schemas.settings())
    rules = (*load_families(), *load_own())
    yield Path("docs/rules/README.md"), index(rules)
    yield from ((Path(f"docs/rules/{rule.id}.md"), page(rule)) for rule in rules)


def _json(schema: schemas.Schema) -> str:
    return json.dumps(schema, indent=2) + "\n"


def main() -> None:
    """Write them all."""
    for path, text in generated():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
