"""Join the documents of a tree's shards into the one that a run of the whole tree writes."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Stage, UserError
from ssot_migrate.report.json import VERSION, written
from ssot_migrate.report.summary import Adoption

Document = dict[str, Any]
#: A list that only documents of a command have.
_KINDS: Final = {"scan": "violations", "check": "new"}
_FAILURES: Final = "failures"
#: What is the same in all shards, and what one is where it is not.
_ALIKE: Final = {
    "tree": "of another tree",
    "settings": "of a run with other settings",
    "baseline": "of a run with another baseline",
}
#: Other formats, by a key that only their documents have.
_OTHERS: Final = {"kind": "JSON Lines", "runs": "SARIF"}
#: So many missing shards are named.
_NAMED: Final = 5


class Merged(Frozen):
    """The document of a whole tree."""

    document: Document

    @property
    def has_failed(self) -> bool:
        """Say whether something could not be processed."""
        return bool(self.document[_FAILURES])

    @property
    def fails(self) -> bool:
        """Say whether the gate fails."""
        stale = self.document.get("stale") and self.document["summary"]["fails_on_stale"]
        return bool(self.document.get("new") or stale)

    def render(self) -> str:
        """Return it as the command writes it."""
        return "".join(written(self.document))


def merge(files: Sequence[Path]) -> Merged:
    """Join documents of ``scan``, or of ``check``. Raises UserError where they are not one tree."""
    for file, count in Counter(map(Path.resolve, files)).items():
        if count > 1:
            raise UserError(f"{file}: is given {count} times; give each result once")
    documents = [_read(file) for file in files]
    names = [str(file) for file in files]
    _check_same(names, documents)
    _check_whole(names, documents)
    documents.sort(key=lambda document: document["shard"]["number"])
    first = documents[0]
    whole = {key: [one[key] for one in documents] for key in first if key != "shard"}
    lists = {key: _joined(key, of) for key, of in whole.items() if isinstance(of[0], list)}
    summary = _summary(whole["summary"])
    if "failures" in summary:
        summary["failures"] = len(lists[_FAILURES])
    return Merged({"version": VERSION, **lists, "summary": summary})


def _read(file: Path) -> Document:
    """Read the document of a shard. Raises UserError."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror})") from None
    document = _parsed(file, data)
    other = next((name for key, name in _OTHERS.items() if key in document), None)
    if other:
        raise UserError(f"{file}: is {other}; only what `--output-format json` writes is joined")
    if document.get("version") != VERSION or not _kind(document):
        text = "is no result of `scan` or `check` with `--output-format json`"
        raise UserError(f"{file}: {text}, of this version of the format")
    if "shard" not in document:
        raise UserError(f"{file}: is the result of a whole tree; run it with --shard")
    return document


def _parsed(file: Path, data: bytes) -> Document:
    """Read an object, of JSON Lines the first one. Raises UserError."""
    problem: Exception | None = None
    for text in (data, data.partition(b"\n")[0]):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            problem = problem or error
        else:
            return document if isinstance(document, dict) else {}
    raise UserError(f"{file}: is no JSON ({problem})")


def _kind(document: Document) -> str | None:
    return next((kind for kind, key in _KINDS.items() if key in document), None)


def _check_same(names: Sequence[str], documents: Sequence[Document]) -> None:
    """Raise UserError where documents are not of the same runs."""
    shards = [document["shard"] for document in documents]
    for what, values in (
        ("a result of", [_kind(document) for document in documents]),
        ("written by ssot-migrate", [shard["tool"] for shard in shards]),
        ("a shard of", [shard["of"] for shard in shards]),
        ("of a tree whose number of files is", [shard["files"] for shard in shards]),
    ):
        for name, value in zip(names, values, strict=True):
            if value != values[0]:
                here = f"{names[0]} is {what} {values[0]}"
                raise UserError(f"{name} is {what} {value}, and {here}; run all shards alike")
    for key, what in _ALIKE.items():
        for name, shard in zip(names, shards, strict=True):
            if shard.get(key) != shards[0].get(key):
                raise UserError(f"{name} is {what} than {names[0]}; run all shards alike")


def _check_whole(names: Sequence[str], documents: Sequence[Document]) -> None:
    """Raise UserError where a shard is given twice, or is missing."""
    by_number: dict[int, str] = {}
    for name, document in zip(names, documents, strict=True):
        shard = document["shard"]
        number, of = shard["number"], shard["of"]
        if number in by_number:
            raise UserError(f"{name}: is shard {number}/{of}, as {by_number[number]} is")
        by_number[number] = name
    of = documents[0]["shard"]["of"]
    missing = (f"{number}/{of}" for number in range(1, of + 1) if number not in by_number)
    named = [*islice(missing, _NAMED)]
    if named:
        more = of - len(by_number) - len(named)
        what = f"{', '.join(named)}{f' and {more:,} more' if more else ''}"
        raise UserError(f"{what}: missing; give the results of all {of:,} shards")
    files, whole = (sum(d["summary"]["files"] for d in documents), documents[0]["shard"]["files"])
    if files != whole:
        raise UserError(f"the shards hold {files} files, the tree {whole}; run all of the same one")


def _joined(key: str, lists: Iterable[list[Any]]) -> list[Any]:
    """Join lists that are sorted by path, and in which each path is of one shard."""
    items = [item for one in lists for item in one]
    if key == "stale":
        fields = ("path", "rule", "scope", "fingerprint")
        return sorted(items, key=lambda entry: [entry[field] for field in fields])
    if key == _FAILURES:
        # What each of the runs could not find is told once, behind the files.
        everywhere = [item for item in items if item["stage"] == Stage.DISCOVER]
        own = [item for item in items if item["stage"] != Stage.DISCOVER]
        once = {json.dumps(item): item for item in everywhere}
        return [*sorted(own, key=_path), *once.values()]
    return sorted(items, key=_path)


def _path(item: Mapping[str, Any]) -> str:
    path: str = item.get("violation", item)["path"]
    return path


def _summary(parts: Sequence[Document]) -> Document:
    """Add up summaries; they have the same keys."""
    return {key: _ADDED.get(key, _added)([part[key] for part in parts]) for key in parts[0]}


def _added(values: Sequence[Any]) -> Any:  # noqa: ANN401 (numbers, and what holds numbers)
    """Add up numbers, those of the same keys of objects; what is no number is the same in all."""
    first = values[0]
    if isinstance(first, dict):
        return _summary(values)
    if isinstance(first, int) and not isinstance(first, bool):
        return sum(values)
    return first


def _adoption(values: Sequence[Any]) -> Any:  # noqa: ANN401 (an object, or null)
    if values[0] is None:
        return None
    sums = _summary([{key: one[key] for key in ("from_factory", "by_hand")} for one in values])
    return {**sums, "share": Adoption(sums["from_factory"], sums["by_hand"]).share}


def _rows(key: str, lists: Iterable[list[Document]]) -> list[Document]:
    """Add up the rows of tables with the same value of a key, in the order of the first."""
    rows = [row for one in lists for row in one]
    order = {row[key]: None for row in rows}
    return [_summary([row for row in rows if row[key] == value]) for value in order]


def _families(lists: Sequence[Any]) -> list[Document]:
    return _rows("family", lists)


def _rules(lists: Sequence[Any]) -> Any:  # noqa: ANN401 (rows of a scan, an object of a check)
    if isinstance(lists[0], list):
        return _rows("rule", lists)
    return {rule: _summary([one[rule] for one in lists]) for rule in lists[0]}


def _of_rule(values: Sequence[Any]) -> Any:  # noqa: ANN401 (as above)
    if isinstance(values[0], list):
        return _families(values)
    counts = Counter[str]()
    for value in values:
        counts.update(value)
    return dict(sorted(counts.items()))


def _places(lists: Sequence[Any]) -> list[Document]:
    rows = sorted((row for one in lists for row in one), key=_path)
    added = [_summary([*same]) for _, same in groupby(rows, key=_path)]
    return sorted(added, key=lambda row: (-row["violations"], row["path"]))


def _warnings(lists: Sequence[Any]) -> list[str]:
    return sorted({text for one in lists for text in one})


#: How the values of a summary are joined that are no plain sums.
_ADDED: Final = {
    "adoption": _adoption,
    "by_family": _of_rule,
    "by_rule": _rules,
    "by_directory": _places,
    "by_file": _places,
    "warnings": _warnings,
}
