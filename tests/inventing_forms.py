"""Invent tests in which a creation has no name of its own, or several: holders, helpers, arguments, expressions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from textwrap import indent

from tests.inventing import FAMILIES, HEAD, Inventor, observe, settled
from tests.running import run_tests

_TESTED = '''
import types


class Service:
    """A class under test that keeps what it is given."""

    shared = None

    def __init__(self, {key}=None, other=None):
        self.{key} = {key}
        self._kept = {key}
        self.parts = {{"{key}": {key}, "other": other}}
        self.all = [{key}, other]

    def give(self):
        return self.{key}

    @property
    def current(self):
        return self._kept

    def part(self, key):
        return self.parts[key]

    def with_it(self, {key}):
        self.{key} = {key}
        return self

    def register_{key}(self, name, given):
        self.parts[name] = given

    def read(self):
        return self.{key}.{attribute}


def same(given):
    return given


def named(*, {key}=None):
    return {key}


def packed(given, more=None):
    return {{"{key}": given, "more": more}}


def paired(given):
    return given, 1


def read(given):
    return given.{attribute}


def each(given):
    return [one.{attribute} for one in given]


def of(service):
    return service.{key}
'''


@dataclass
class Scene:
    """Where a creation stands, and how the test gets at it."""

    #: What stands at the top of the module.
    above: list[str] = field(default_factory=list)
    #: Decorators of the test, and what it asks for.
    decorators: list[str] = field(default_factory=list)
    parameters: str = ""
    #: The test's first statements.
    body: list[str] = field(default_factory=list)
    #: Expressions that give the mock.
    ways: list[str] = field(default_factory=list)
    #: The header of a compound statement that holds the rest.
    header: str = ""
    in_class: bool = False


@dataclass
class FormInventor(Inventor):
    """Makes up one test of a form."""

    scene: Scene = field(default_factory=Scene)
    #: What others call the mock, and what the code under test reads of it.
    telling: str = ""
    read: str = ""

    def made(self) -> str:
        """A creation."""
        base = self.pick(*self.kind.bases)
        if self.rng.randrange(5) or not base.endswith("()"):
            return base
        return f"{base[:-1]}{self.attribute()}={self.value(1)})"

    def some(self) -> str:
        """A creation, or an expression that gives one."""
        roll = self.rng.randrange(10)
        if roll == 0:
            return f"{self.made()} if local else {self.made()}"
        if roll == 1:
            return f"({self.telling} := {self.made()})"
        if roll == 2:
            return f"None or {self.made()}"
        return self.made()

    def turn(self) -> None:
        """Take another way to the mock."""
        self.name = self.pick(*self.scene.ways)

    def step(self) -> str:
        """Give a statement between creation and touches that may open another way."""
        self.turn()
        way, key = self.name, self.telling
        rest = self.pick(
            f"also = {way}",
            f"also = same({way})",
            f"also = named({key}={way})",
            f"box = [{way}]",
            f"box = packed({way})",
            f"box = paired({way})",
            f"box = {{'{key}': {way}}}",
            f"again = Service({way})",
            f"again = Service({key}={way})",
            f"again = Service(other={way})",
            f"again = Service().with_it({way})",
            f"again = types.SimpleNamespace({key}={way})",
            f"again = Service()\nagain.{key} = {way}",
            f"again = Service()\nagain.register_{key}('x', {way})",
            f"Service.shared = {way}",
            f"def inner():\n    return {way}",
            f"also, _ = {way}, 1",
            f"for also in [{way}]:\n    pass",
            f"with contextlib.nullcontext({way}) as also:\n    pass",
            f"also = [one for one in [{way}]][0]",
            f"also = next(iter([{way}]))",
            f"also = {way} or 1",
            f"also = {way} if local else None",
            f"read({way})",
            f"answer({way})",
            f"also = (await later({way}))[0]",
        )
        head = rest.split(" ", 1)[0]
        key_way = f"'{key}'" if "packed" in rest or "{" in rest else "0"
        if "also" in rest:
            self.scene.ways.append("also")
        elif head == "box":
            self.scene.ways.append(f"box[{key_way}]")
        elif head == "again":
            self.scene.ways += [f"again.{key}", "again.all[1]", "again.parts['x']", "again.give()"]
        elif head == "Service.shared":
            self.scene.ways += ["Service.shared", "Service().shared"]
        elif head == "def":
            self.scene.ways.append("inner()")
        return rest

    def file(self, lines: list[str]) -> str:
        """Lay the test out."""
        scene = self.scene
        top = _TESTED.format(key=self.telling, attribute=self.read)
        code = "\n".join(lines) or "pass"
        if scene.header:
            code = f"{scene.header}\n{indent(code, '    ')}"
        before = "\n".join(scene.body)
        code = indent(f"local = TEXT\n{before}\n{code}", "    ")
        given = ", ".join(
            (["self"] if scene.in_class else []) + ([scene.parameters] if scene.parameters else [])
        )
        code = "\n".join([*scene.decorators, f"async def test_it({given}):", code])
        if scene.in_class:
            code = "class TestIt:\n" + indent("\n".join([*scene.above, "", code]), "    ")
        else:
            code = "\n\n".join([*scene.above, code])
        return f"{HEAD.lstrip()}{top}\n\n{code}\n"


Form = Callable[[FormInventor], Scene]


def _helper(maker: FormInventor) -> Scene:
    key, made = maker.telling, maker.some()
    give = maker.pick("return", "return", "yield")
    name = f"make_{key}"
    result, way = maker.rng.choice(
        [
            (made, ""),
            (made, ""),
            (made, ""),
            (f"{{'{key}': {made}}}", f"['{key}']"),
            (f"{made}, 1", "[0]"),
            (f"[{made}]", "[0]"),
            (f"Service({made})", f".{key}"),
            (f"Service({key}={made})", ".give()"),
            (f"types.SimpleNamespace({key}={made})", f".{key}"),
            (f"lambda: {made}", "()"),
            (f"same({made})", ""),
        ]
    )
    inner = f"    local = TEXT\n    {give} {result}"
    if maker.rng.randrange(4) == 0:
        inner = f"    local = TEXT\n    thing = {result}\n    {give} thing"
    how = maker.rng.randrange(6)
    if how < 2:
        above = f"@pytest.fixture\ndef {name}():\n{inner}"
        return Scene([above], parameters=name, ways=[name + way])
    if how == 2:
        above = f"@pytest.fixture\ndef {key}():\n{inner}"
        second = f"@pytest.fixture\ndef wrapped({key}):\n    return {maker.pick('Service', 'same', 'packed', 'paired')}({key})"
        used = {"Service": f".{key}", "packed": f"['{key}']", "paired": "[0]", "same": ""}
        outer = "wrapped" + next(v for k, v in used.items() if f"{k}(" in second)
        return Scene([above, second], parameters=f"wrapped, {key}", ways=[key + way, outer + way])
    call = f"{name}()"
    if give == "yield":
        above = f"@contextlib.contextmanager\ndef {name}():\n{inner}"
        return Scene([above], header=f"with {call} as got:", ways=["got" + way])
    above = f"def {name}():\n{inner}"
    if how == 3:
        return Scene([], body=[above, f"got = {call}"], ways=["got" + way])
    if how == 4:
        return Scene([above], body=[f"got = {call}{way}"], ways=["got"])
    return Scene([above], body=[f"got = {call}"], ways=["got" + way])


def _argument(maker: FormInventor) -> Scene:
    key, made = maker.telling, maker.some()
    second = maker.pick(made, "1", maker.made())
    call, ways = maker.rng.choice(
        [
            (
                f"Service({key}={made})",
                [
                    f"got.{key}",
                    "got._kept",
                    "got.give()",
                    "got.current",
                    f"got.part('{key}')",
                    f"got.parts['{key}']",
                    "got.all[0]",
                    "of(got)",
                ],
            ),
            (f"Service({key}={made}, other={second})", [f"got.{key}", "got.all[0]"]),
            (f"Service(\n    {key}={made},\n    other={second},\n)", [f"got.{key}", "got.all[0]"]),
            (f"Service({made})", [f"got.{key}", "got.current", "got.all[0]"]),
            (f"Service().with_it({made})", [f"got.{key}", "got.give()"]),
            (f"named({key}={made})", ["got"]),
            (f"answer({made})", ["got[0]"]),
            (f"answer({made}, {second})", ["got[0]"]),
            (f"await later({made})", ["got[0]"]),
            (f"packed({made})", [f"got['{key}']"]),
            (f"dict({key}={made})", [f"got['{key}']"]),
            (f"types.SimpleNamespace({key}={made})", [f"got.{key}"]),
            (f"MagicMock({key}={made})", [f"got.{key}"]),
            (f"list([{made}])", ["got[0]"]),
            (f"[*[{made}], 1]", ["got[0]"]),
            (f"(lambda {key}: {key})({made})", ["got"]),
        ]
    )
    if maker.rng.randrange(6) == 0:
        body = ["got = Service()", f"got.register_{key}('a', {made})"]
        return Scene(body=body, ways=["got.parts['a']", "got.part('a')"])
    if maker.rng.randrange(5) == 0:
        return Scene(header=f"with contextlib.nullcontext({call}) as got:", ways=ways)
    if maker.rng.randrange(6) == 0 and "await" not in call and "local" not in call:
        setup = f"def setup_method(self):\n    self.got = {call}"
        ways = [way.replace("got", "self.got") for way in ways]
        return Scene([setup], in_class=True, ways=ways)
    return Scene(body=[f"got = {call}"], ways=ways)


def _holder(maker: FormInventor) -> Scene:
    key, made = maker.telling, maker.some()
    more = maker.pick("1", maker.made(), "MagicMock()")
    value, ways = maker.rng.choice(
        [
            (
                f"{{'{key}': {made}}}",
                [
                    f"got['{key}']",
                    f"got.get('{key}')",
                    "list(got.values())[0]",
                    f"{{**got}}['{key}']",
                    "named(**got)",
                    f"Service(**got).{key}",
                    f"got.copy()['{key}']",
                ],
            ),
            (
                f"{{'{key}': {made}, 'more': {more}}}",
                [f"got['{key}']", f"(got | {{}})['{key}']", "next(v for k, v in got.items())"],
            ),
            (f"{{'in': {{'{key}': {made}}}}}", [f"got['in']['{key}']"]),
            (
                f"[{made}, {more}]",
                [
                    "got[0]",
                    "got[:1][0]",
                    "list(got)[0]",
                    "(got + [1])[0]",
                    "answer(*got)[0]",
                    "sorted(got, key=id, reverse=True)[-1]",
                ],
            ),
            (f"({made}, {more})", ["got[0]", "got[-2]"]),
            (f"[('{key}', {made})]", ["got[0][1]", f"dict(got)['{key}']"]),
            (f"{{{made}}}", ["list(got)[0]", "next(iter(got))", "min(got, key=id)"]),
            (f"[{made} for _ in range(2)]", ["got[0]", "got[1]"]),
            (f"{{k: {made} for k in ('{key}', 'b')}}", [f"got['{key}']"]),
            (f"lambda: {made}", ["got()"]),
            (f"lambda local=1: [{made}]", ["got()[0]"]),
        ]
    )
    name = maker.pick("got", f"{key}s", key)
    roll = maker.rng.randrange(8)
    if roll == 0:
        return Scene([f"local = 1\nGOT = {value}"], ways=[w.replace("got", "GOT") for w in ways])
    if roll == 1 and "local" not in value:
        return Scene(
            [f"got = {value}"], in_class=True, ways=[w.replace("got", "self.got") for w in ways]
        )
    if roll == 2 and "lambda" not in value:
        return Scene(
            header=f"for {name} in [{value}]:", ways=[w.replace("got", name) for w in ways]
        )
    if roll == 3:
        ways = [w.replace("got", "moved") for w in ways]
        return Scene(body=[f"{name} = {value}", f"moved = {name}"], ways=ways)
    return Scene(body=[f"{name} = {value}"], ways=[w.replace("got", name) for w in ways])


def _assigned(maker: FormInventor) -> Scene:
    key, made = maker.telling, maker.made()
    choice = f"{made} if local else {maker.made()}"
    body, ways = maker.rng.choice(
        [
            ([f"got = {key} = {made}"], ["got", key]),
            ([f"{key} = got = more = {made}"], ["got", key, "more"]),
            (
                ["got = Service()", f"got.{key} = {key} = {made}"],
                [f"got.{key}", key, "got.give()", "got.read()"],
            ),
            (["got = Service()", f"{key} = got._kept = {made}"], ["got._kept", key, "got.current"]),
            (["got = {}", f"got['{key}'] = {made}"], [f"got['{key}']", "list(got.values())[0]"]),
            (["got = {}", f"got['{key}'] = {key} = {made}"], [f"got['{key}']", key]),
            (
                ["got = Service()", f"got.parts['{key}'] = {made}"],
                [f"got.parts['{key}']", f"got.part('{key}')"],
            ),
            (["got = [1]", f"got[0] = {made}"], ["got[0]", "got[-1]"]),
            (["got = Service()", f"got.{key} = {made}"], [f"got.{key}", "got.give()", "of(got)"]),
            (["got = Service()", f"got.{key} = {choice}"], [f"got.{key}", "got.give()"]),
            (
                ["got = types.SimpleNamespace()", f"got.{key} = {made}"],
                [f"got.{key}", "of(got)", f"vars(got)['{key}']"],
            ),
            (
                [
                    "got = types.SimpleNamespace()",
                    "got.inner = types.SimpleNamespace()",
                    f"got.inner.{key} = {made}",
                ],
                [f"got.inner.{key}"],
            ),
            (["got = Service()", f"setattr(got, '{key}', {made})"], [f"got.{key}"]),
            ([f"{key} = {choice}"], [key]),
            ([f"{key}: object = {choice}"], [key]),
            ([f"{key}, got = {made}, {maker.made()}"], [key, "got"]),
            ([f"[{key}, got] = [{made}, 1]"], [key]),
            ([f"if ({key} := {made}):\n    pass"], [key]),
            ([f"answer({key} := {made})"], [key]),
            ([f"same({key} := {made}).x"], [key]),
            (
                [f"def inner():\n    nonlocal_ = {made}\n    return nonlocal_", f"{key} = inner()"],
                [key],
            ),
            ([f"class Local:\n    {key} = {made}"], [f"Local.{key}", f"Local().{key}"]),
            (
                [
                    f"class Local:\n    def {key}(self):\n        return {made}",
                    f"got = Local().{key}()",
                ],
                ["got"],
            ),
            (
                [
                    f"class Local(Service):\n    def __init__(self):\n        super().__init__({key}={made})",
                    "got = Local()",
                ],
                [f"got.{key}", "got.give()"],
            ),
            ([f"{key} = None", f"{key} = {key} or {made}"], [key]),
            ([f"got = Service(); got.{key} = {made}"], [f"got.{key}"]),
            ([f"got = {key} = {made}; got.x = 1"], [key]),
        ]
    )
    if maker.rng.randrange(5) == 0 and "local" not in "".join(body) and body[0][0] != "(":
        names = {way.split(".")[0].split("[")[0] for way in ways}
        called = any("(" in name or name in {"list", "Local", "vars", "of"} for name in names)
        if not called and "class" not in body[0]:
            lines = "\n".join(_own(line, key) for line in body)
            setup = f"def setup_method(self):\n{indent(lines, '    ')}"
            return Scene([setup], in_class=True, ways=[_own(way, key) for way in ways])
    if maker.rng.randrange(4) == 0:
        body = [*body[:-1], f"for _ in range({maker.pick('1', '2')}):\n{indent(body[-1], '    ')}"]
    return Scene(body=body, ways=ways)


def _own(text: str, key: str) -> str:
    """Make names attributes of the test."""
    return re.sub(rf"(?<![.'\w])(got|more|{key})\b(?!=[^ =])", r"self.\1", text)


def _header(maker: FormInventor) -> Scene:
    key, made = maker.telling, maker.made()
    header, ways = maker.rng.choice(
        [
            (f"with patch('asyncio.{key}', {made}, create=True):", [f"asyncio.{key}"]),
            (
                f"with patch('asyncio.{key}', new={made}, create=True) as got:",
                [f"asyncio.{key}", "got"],
            ),
            (
                f"with patch('asyncio.{key}', create=True, return_value={made}):",
                [f"asyncio.{key}()"],
            ),
            (
                f"with patch.object(Service, '{key}', {made}, create=True) as got:",
                ["got", f"Service.{key}"],
            ),
            (f"with patch.dict(RESULT, {{'{key}': {made}}}):", [f"RESULT['{key}']"]),
            (f"with contextlib.nullcontext({made}) as {key}:", [key]),
            (f"with contextlib.closing({made}) as {key}:", [key]),
            (f"for {key} in [{made}]:", [key]),
            (f"for {key} in ({made}, {maker.made()}):", [key]),
            (f"for _, {key} in [(1, {made})]:", [key]),
            (f"for i, {key} in enumerate([{made}]):", [key]),
            (f"for {key}, other in zip([{made}], [1]):", [key]),
            (f"if {key} := {made}:", [key]),
            (
                f"async with contextlib.AsyncExitStack() as stack:\n    {key} = stack.enter_context(contextlib.nullcontext({made}))\nif 1:",
                [key],
            ),
            (f"match {made}:\n    case {key}:\n        pass\nif 1:", [key]),
            (f"while ({key} := {made}):\n    break\nif 1:", [key]),
        ]
    )
    if maker.rng.randrange(5) == 0:
        decorator = f"@patch('asyncio.{key}', new={made}, create=True)"
        return Scene(decorators=[decorator], ways=[f"asyncio.{key}"])
    return Scene(header=header, ways=ways)


FORMS: tuple[Form, ...] = (_helper, _argument, _holder, _assigned, _header)


def invent_form(rng: Random) -> str | None:
    """Make up a file with one test that passes, ``None`` where nothing came of it."""
    maker = FormInventor(rng, rng.choice(FAMILIES))
    maker.telling = maker.pick(*maker.kind.names)
    maker.read = maker.attribute()
    maker.scene = rng.choice(FORMS)(maker)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        maker.turn()
        roll = rng.randrange(6)
        line = maker.configuration() if roll < 3 else maker.step() if roll < 5 else maker.between()
        maker.body.append(line)
    touches = [_touch(maker) for _ in range(rng.randrange(1, 5))]
    seen = observe(maker, maker.file, touches)
    # A header that repeats runs the touches several times.
    if not seen or any(seen[i] != seen[i % len(touches)] for i in range(len(seen))):
        return None
    seen = seen[: len(touches)]
    lines = [*maker.body, *(settled(rng, t, s) for t, s in zip(touches, seen, strict=True) if s)]
    code = maker.file([line for line in lines if line])
    try:
        run_tests(code)
    except BaseException:  # noqa: BLE001 - whatever an invented test raises, pytest's own included
        return None
    return code


def _touch(maker: FormInventor) -> str:
    maker.turn()
    roll = maker.rng.randrange(8)
    if roll == 0:
        return maker.statement()
    if roll == 1:
        return maker.pick(
            f"read({maker.name})",
            f"each([{maker.name}])",
            f"Service({maker.name}).read()",
            f"of(Service({maker.name})).{maker.attribute()}",
        )
    if roll < 5:
        return f"{maker.name}.{maker.attribute()}"
    return maker.touch()
