"""Invent tests whose mocks have a spec, or are configured in ways that one call can say."""

from textwrap import indent

from tests.inventing import AGENT, CONFIGURATION, DATABASE, WEBSOCKET, Inventor

#: What the factory that takes a spec makes, and the class that such mocks have for a spec.
CLASSES = {
    "mock_ws": "WebSocket",
    "mock_agent": "Agent",
    "mock_db_session": "AsyncSession",
    "config": "Configuration",
}
KINDS = (WEBSOCKET, WEBSOCKET, AGENT, DATABASE, CONFIGURATION)
_MEMBERS = (
    "async def {0}(self, *args):\n    return 'real'",
    "async def {0}(self, *args):\n    return 'real'",
    "def {0}(self, *args):\n    return 'real'",
    "{0} = 1",
    "@property\ndef {0}(self):\n    return 'real'",
    "",
    "",
)
_MAGIC = (
    "async def __aenter__(self):\n    return self\n\nasync def __aexit__(self, *args):\n    pass",
    "def __len__(self):\n    return 3",
    "def __iter__(self):\n    return iter(())",
    "def __call__(self):\n    return 1",
)


class SpecInventor(Inventor):
    """Makes up one test whose mock has a spec of its own making."""

    def creation(self) -> None:
        super().creation()
        name = CLASSES.get(self.kind.names[0], "Thing")
        members = [self.pick(*_MEMBERS).format(a) for a in self.kind.attributes]
        members += [self.pick(*_MAGIC) for _ in range(self.rng.choice([0, 0, 1, 2]))]
        body = "\n\n".join(["kept = 1", *(member for member in members if member)])
        self.above = f"class {name}:\n{indent(body, '    ')}\n"
        head, _, rest = self.body[-1].partition("(")
        word = "spec_set" if self.rng.randrange(12) == 0 else "spec"
        given = name if self.rng.randrange(5) == 0 and rest == ")" else f"{word}={name}"
        self.body[-1] = f"{head}({given}{', ' if rest != ')' else ''}{rest}"

    def configuration(self) -> str:
        """Prefer what a spec bears: what it has, and what is set as a whole."""
        if self.rng.randrange(2):
            return super().configuration()
        return f"{self.name}.{self.attribute()}.{self.pick('return_value', 'side_effect')} = {self.value(2)}"


class OpenInventor(Inventor):
    """Makes up one test whose mock is configured in simple ways, several times."""

    def creation(self) -> None:
        super().creation()
        for _ in range(self.rng.randrange(1, 5)):
            path = self.pick(self.attribute(), self.below()[1:])
            path = self.pick(path, path, f"{path}.return_value")
            self.body.append(f"{self.name}.{path} = {self.value()}")
