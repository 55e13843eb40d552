"""Write every file that is generated: the schemas that ship, and a page for each rule."""

import json
from pathlib import Path

from docs import schemas

ROOT = Path(__file__).parents[1]


def generated() -> dict[Path, str]:
    """Return each generated file, relative to the root, and its text."""
    return {
        Path(f"ssot_migrate/schemas/{name}.schema.json"): json.dumps(schema, indent=2) + "\n"
        for name, schema in (("codemod", schemas.codemod()), ("settings", schemas.settings()))
    }


def main() -> None:
    """Write them all."""
    for path, text in generated().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
