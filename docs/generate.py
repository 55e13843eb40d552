"""Write every file that is generated: the schemas that ship, and a page for each rule."""

import json
from pathlib import Path

from docs import schemas
from ssot_migrate.catalogue import load_families
from ssot_migrate.report.page import index, page

ROOT = Path(__file__).parents[1]


def generated() -> dict[Path, str]:
    """Return each generated file, relative to the root, and its text."""
    rules = load_families()
    return {
        Path("ssot_migrate/schemas/codemod.schema.json"): _json(schemas.codemod()),
        Path("ssot_migrate/schemas/settings.schema.json"): _json(schemas.settings()),
        Path("docs/rules/README.md"): index(rules),
        **{Path(f"docs/rules/{rule.id}.md"): page(rule) for rule in rules},
    }


def _json(schema: schemas.Schema) -> str:
    return json.dumps(schema, indent=2) + "\n"


def main() -> None:
    """Write them all."""
    for path, text in generated().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
