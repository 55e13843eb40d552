"""The page that holds the last results, each between two comments that name it."""

from pathlib import Path

README = Path(__file__).parent / "README.md"


def begin(name: str) -> str:
    """Give the line before what is written."""
    return f"<!-- {name} -->\n"


def end(name: str) -> str:
    """Give the line after it."""
    return f"<!-- end of {name} -->\n"


def write(name: str, text: str) -> None:
    """Put results in place of earlier ones. Raises ValueError where the page has no such place."""
    whole = README.read_text("utf-8")
    start = whole.index(begin(name)) + len(begin(name))
    stop = whole.index(end(name), start)
    README.write_text(f"{whole[:start]}\n{text.strip()}\n\n{whole[stop:]}", "utf-8")
