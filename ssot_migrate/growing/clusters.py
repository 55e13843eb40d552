"""Find blocks that build one kind of mock which the factory has no method for."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from keyword import iskeyword

from ssot_migrate.code.names import Kind
from ssot_migrate.families.family import split_name
from ssot_migrate.finding.classify import is_bland
from ssot_migrate.frozen import Frozen
from ssot_migrate.growing.advice import Edit, Method
from ssot_migrate.model import GENERIC, Case, Need, NeedKind
from ssot_migrate.shapes.shape import CALL, is_magic

#: Fewer blocks than this are no reason for a method.
WORTH_A_METHOD = 3
#: What so many of the blocks set is part of the method.
_MOST = 0.5
_WIDENED = {Kind.MOCK: Kind.MAGIC, Kind.MAGIC: Kind.MAGIC, Kind.ASYNC: Kind.ASYNC}


class Cluster(Frozen):
    """Blocks that one new method could build."""

    cases: tuple[Case, ...]
    edit: Edit
    #: The family that is there already; ``None`` where the blocks are of none yet.
    family: str | None = None

    @property
    def codemod(self) -> str | None:
        """Name the family that the blocks would be of, if it is new."""
        words = self.edit.new.name if self.edit.new else ""
        return None if self.family else words.replace("_", "-")

    @property
    def example(self) -> Case:
        """Choose the block that tells most of its kind: its spec, its name."""
        words = self.edit.new.name if self.edit.new else ""
        return max(self.cases, key=lambda case: (_head(case) == words, bool(case.spec)))


def clusters(cases: Iterable[Case], lacking: Mapping[str, str]) -> Iterator[Cluster]:
    """Yield what deserves a method, the most frequent first.

    ``lacking`` are the methods, by family, that codemods name and the factory does not have.
    """
    groups: dict[tuple[str, str | None], list[Case]] = {}
    for case in cases:
        if case.family in lacking:
            groups.setdefault((lacking[case.family], case.family), []).append(case)
    for words, members in _by_words([case for case in cases if case.family == GENERIC]).items():
        groups[f"create_{words}_mock", None] = members
    for (method, family), members in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0][0])):
        words = (family or method.removeprefix("create_").removesuffix("_mock")).replace("-", "_")
        new = _method(words, members)
        if family or (len(members) >= WORTH_A_METHOD and new.says_something):
            yield Cluster(tuple(members), Edit(method, Need(NeedKind.METHOD), new), family)


def _by_words(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """Group blocks by what they stand for; rare compounds go to their last word."""
    counts = Counter(_words(case) for case in cases)
    groups: dict[str, list[Case]] = {}
    for case in cases:
        words = _words(case)
        if words and counts[words] < WORTH_A_METHOD and not case.spec:
            words = words.rpartition("_")[2]
        if words.isidentifier() and not iskeyword(words):
            groups.setdefault(words, []).append(case)
    return groups


def _words(case: Case) -> str:
    return "_".join(split_name(case.spec.rpartition(".")[2]).words) if case.spec else _head(case)


def _head(case: Case) -> str:
    name = (case.name or "").rpartition(".")[2]
    return "" if is_bland(name) else "_".join(split_name(name).head)


def _method(words: str, cases: Sequence[Case]) -> Method:
    """Draw a method from what most of the blocks have in common."""
    bases = Counter(_WIDENED.get(Kind(case.base), Kind.MAGIC) for case in cases)
    found: dict[tuple[str, ...], list[Need]] = {}
    for case in cases:
        for path, need in {need.path: need for need in case.settings}.items():
            found.setdefault(path, []).append(need)
    frequent = [needs for needs in found.values() if len(needs) >= _MOST * len(cases)]
    drawn = [need for need in map(_common, frequent) if need]
    # These names are taken in the method.
    own = [n for n in drawn if n.kind is not NeedKind.PARAMETER or n.path[0] not in {words, "spec"}]
    return Method(
        words,
        bases.most_common(1)[0][0],
        tuple(need for need in own if need.kind is not NeedKind.PARAMETER),
        tuple(need for need in own if need.kind is NeedKind.PARAMETER),
        spec=any(case.spec for case in cases),
    )


def _common(needs: Sequence[Need]) -> Need | None:
    """Say what is common to all that blocks set at a path: what is alike, or a parameter.

    What only one block sets stays its own.
    """
    path = needs[0].path
    names = path[:-1] if path[-1] == CALL else path
    if not names or any(iskeyword(n) or is_magic(n) or not n.isidentifier() for n in names):
        return None
    kinds = Counter(_given(need) for need in needs if need.kind is NeedKind.ATTRIBUTE)
    if kinds:
        (most, number), *_ = kinds.most_common()
        return most if number > len(needs) / 2 else None
    if len(needs) == 1:
        return None
    values = Counter(needs)
    if len(values) == 1 and needs[0].value is not None:
        return needs[0]
    shared = (need.value for need, number in values.most_common() if number > 1)
    default = next((value for value in shared if value and _is_constant(value)), "None")
    return Need(NeedKind.PARAMETER, path, default) if len(names) == 1 else None


def _given(need: Need) -> Need:
    """Widen what stands for a mock, as the factory gives it."""
    return Need(need.kind, need.path, _WIDENED.get(Kind(need.value or ""), need.value))


def _is_constant(source: str) -> bool:
    """Say whether a default is one that no caller can change."""
    return isinstance(ast.parse(source, mode="eval").body, ast.Constant | ast.UnaryOp)
