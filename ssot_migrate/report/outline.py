"""What a factory's methods make: to people and to programs."""

import json
from collections.abc import Iterator, Sequence

from msgspec import to_builtins
from rich.console import Console

from ssot_migrate.contracts.outline import Attribute, Outline, ParameterOutline
from ssot_migrate.report.console import beside, count, hang, part

#: Raised when a field changes its meaning or goes away.
VERSION = 1


def table(factory: str, path: str, outlines: Sequence[Outline], console: Console) -> None:
    """Print a line for each method."""
    hang(console, "", f"{factory} in {path}: {count(len(outlines), 'method')}", "bold")
    widest = max((len(one.method) for one in outlines), default=0)
    for one in outlines:
        hang(console, f"{one.method:{widest}}  ", "; ".join(_summary(one)))


def show(outline: Outline, path: str, console: Console) -> None:
    """Print all that is known of one method."""
    hang(console, "", outline.signature, "bold")
    part(console, "defined", [f"{path}:{outline.line}"])
    part(console, "used by", [", ".join(outline.families) or "no family"])
    part(console, "gives", [_given(outline)])
    part(console, "or", [f"line {note.line}: {note.text}" for note in outline.otherwise])
    part(console, "", beside((choice.value, choice.gives) for choice in outline.choices))
    readable = outline.product.unreadable is None
    parameters = ((p.name, _parameter(p, readable=readable)) for p in outline.parameters)
    part(console, "parameters", beside(parameters))
    if outline.open_keywords:
        part(console, "keywords", ["any others become attributes"])
    part(console, "attributes", beside((a.path, _what(a)) for a in outline.attributes))


def as_json(factory: str, path: str, outlines: Sequence[Outline]) -> str:
    """Return the outlines for programs."""
    methods = [to_builtins(one) | {"unreadable": dict(one.unreadable)} for one in outlines]
    document = {"version": VERSION, "factory": factory, "path": path, "methods": methods}
    return json.dumps(document, indent=2) + "\n"


def _summary(outline: Outline) -> Iterator[str]:
    yield outline.product.mock or _given(outline)
    if outline.product.mock:
        yield count(len(outline.attributes), "attribute")
    names = [parameter.name for parameter in outline.parameters]
    names += ["**attributes"] if outline.open_keywords else []
    yield f"takes {', '.join(names)}" if names else "takes nothing"
    if outline.otherwise:
        yield "may give another object"
    unreadable = [path for path, _ in outline.unreadable if path]
    if unreadable:
        yield f"cannot be read: {', '.join(unreadable)}"
    if outline.families:
        yield f"used by {', '.join(outline.families)}"


def _given(outline: Outline) -> str:
    if not outline.choices:
        return _what(outline.product)
    required = [parameter.name for parameter in outline.parameters if parameter.default is None]
    what = "a dict of" if (outline.product.unreadable or "").startswith("a dict") else "one of"
    return f"{what} {count(len(outline.choices), 'product')}, by {', '.join(required)}"


def _what(attribute: Attribute) -> str:
    said = [
        attribute.mock or attribute.value,
        attribute.spec and f"with the spec {attribute.spec}",
        attribute.returns and f"returns {attribute.returns}",
        attribute.side_effect and f"has the side effect {attribute.side_effect}",
        attribute.remark,
        attribute.unreadable and f"cannot be read: {attribute.unreadable}",
    ]
    text = ", ".join(one for one in said if one)
    return f"{text} ({attribute.parameter})" if attribute.parameter else text


def _parameter(parameter: ParameterOutline, *, readable: bool) -> str:
    said = ["required" if parameter.default is None else parameter.default]
    said += [f"lands at {path}" for path in parameter.lands]
    if parameter.pairs_below is not None:
        below = f" of {parameter.pairs_below}" if parameter.pairs_below else ""
        said.append(f"a dict whose pairs become attributes{below}")
    if parameter.is_spec:
        said.append("the product's spec")
    if readable and len(said) == 1:
        said.append("has no place of its own")
    return ", ".join(said)
