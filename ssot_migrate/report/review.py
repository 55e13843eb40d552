"""What a person sees who is asked about each fix."""

from rich.console import Console
from rich.text import Text

from ssot_migrate.explanation import Explanation
from ssot_migrate.model import Change
from ssot_migrate.report import explanation
from ssot_migrate.report.console import hang, say
from ssot_migrate.reviewing.review import Offer

_KEYS = {
    "y": "take this fix",
    "n": "leave this mock as it is",
    "a": "take this fix and all later ones of this file",
    "d": "leave this mock and all later ones of this file",
    "e": "edit the new lines in your editor, then take them",
    "s": "suppress: leave this mock, with a comment that gives your reason",
    "q": "quit; what you took so far is written",
    "?": "show this help",
    "Ctrl-C": "stop; nothing at all is written",
}
_OFFERED = "Fixes that leave a difference are offered with --unsafe-fixes only."


def show(offer: Offer, alone: Change, console: Console) -> None:
    """Print a fix: where it is, why it is what it is, what would differ, and what it does."""
    say(console, "")
    explanation.show(Explanation(offer.violation, change=alone), console)


def ask(offer: Offer, total: int, console: Console) -> None:
    """Print the question, and stay on its line."""
    keys = ",".join(key for key in _KEYS if len(key) == 1)
    _stay(f"({offer.number}/{total}) Take this fix? [{keys}] ", console)


def ask_reason(console: Console) -> None:
    """Ask for the reason of a suppression, and stay on the line."""
    _stay("Reason (none to go back): ", console)


def typed(key: str, console: Console) -> None:
    """Print the key that was typed, which the terminal did not, and end the line."""
    say(console, key)


def explain_keys(console: Console) -> None:
    """Print what each key does."""
    for key, meaning in _KEYS.items():
        hang(console, f"{key:6} ", meaning)
    hang(console, "", _OFFERED)


def tell(text: str, console: Console) -> None:
    """Print what stands in the way."""
    hang(console, "", text, "red")


def _stay(question: str, console: Console) -> None:
    console.print(Text(question, "bold blue"), end="", soft_wrap=True)
    console.file.flush()
