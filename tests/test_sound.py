"""The promise of ``safe``: invented tests pass with the real factory as they passed before."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_migrate.contracts import shipped
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.model import Applicability, FileResult, Request, SourceFile
from ssot_migrate.pipeline import find_factory
from ssot_migrate.worker.process import process
from ssot_migrate.worker.settings import Settings
from tests.inventing import FAMILIES, Inventor, invent
from tests.inventing_forms import invent_form
from tests.inventing_specs import KINDS as OPEN_KINDS
from tests.inventing_specs import OpenInventor, SpecInventor
from tests.running import real_factory, run_tests
from tests.support import FACTORY, Project

pytestmark = pytest.mark.usefixtures("collected")

#: Seeds that found a hole in the promise once, of this generator: a change of it gives them other tests.
ONCE_BROKEN = """
    300206 301088 303546 301415 500072 500544 501219 501225
    700042 701169 702272 702802 702895 902133 1301717 110231993588
""".split()
#: Those of the generator of forms.
FORMS_ONCE_BROKEN = """
    37 62 84 99 103 118 157 167 196 237 238 251 318 414 438 510 606 671 787 799 2341 2590 4485
    21025 21492 25212 25979 28468 31328 104615
""".split()
#: A factory whose methods take a spec and further attributes.
#: Runs as it is shipped, and is read as it is written.
OPEN = shipped.path()
#: How a generator makes up a test for it.
OPEN_GENERATORS: dict[str, type[Inventor]] = {"specs": SpecInventor, "keywords": OpenInventor}
#: Seeds of those generators that found a hole once.
OPEN_ONCE_BROKEN = [
    *(("specs", seed) for seed in (1231, 1754, 5471, 5720, 50852)),
    *(("keywords", seed) for seed in (2323, 2726, 3098, 3415, 4544)),
]
#: How a generator makes up a test from a seed.
GENERATORS = {
    "forms": invent_form,
    "families": lambda rng: invent(rng, FAMILIES),
}


class Bench:
    """A project in which one file after the other is rewritten."""

    def __init__(self, folder: Path, factory: bytes = FACTORY) -> None:
        self.project = Project(folder, factory)
        config = self.project.config()
        self.settings = Settings(config, Request(fix=True), load_families(), find_factory(config))
        self.seen: Counter[Applicability] = Counter()

    def rewrite(self, code: str) -> FileResult:
        path = self.project.write("tests/test_it.py", code.encode())
        return process(self.settings, SourceFile.of(str(path), "tests/test_it.py")).result

    def check(self, code: str) -> None:
        """Rewrite what is safe, and run it."""
        result = self.rewrite(code)
        assert result.failures == ()
        self.seen.update(v.applicability for v in result.violations if v.rule != "generic")
        if result.change:
            after = result.change.after.decode()
            try:
                run_tests(after)
            except BaseException as error:  # noqa: BLE001 - pytest's own too
                _tell(code, after, error)


def _tell(before: str, after: str, error: BaseException) -> None:
    start = before.index("return args\n\n\n", before.index("async def later"))
    tail = after.partition("async def later(*args):\n    return args\n")[2]
    pytest.fail(f"{error!r}\nbefore:\n{before[start:]}\nafter:\n{tail}", pytrace=False)


@pytest.fixture
def open_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with real_factory(OPEN):
        yield Bench(tmp_path_factory.mktemp("open"), shipped.source())


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with real_factory():
        yield Bench(tmp_path_factory.mktemp("sound"))


# An invented test may leave a coroutine that nobody awaits: it is told as late as it is collected.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestSafe:
    @pytest.mark.parametrize("seed", ONCE_BROKEN)
    def test_what_broke_once(self, bench: Bench, seed: str) -> None:
        code = invent(Random(int(seed)))  # noqa: S311 - no secret
        assert code is not None
        bench.check(code)

    @pytest.mark.parametrize("seed", FORMS_ONCE_BROKEN)
    def test_forms_that_broke_once(self, bench: Bench, seed: str) -> None:
        code = invent_form(Random(int(seed)))  # noqa: S311 - no secret
        assert code is not None
        bench.check(code)

    @pytest.mark.no_cover
    @pytest.mark.parametrize("generator", GENERATORS)
    @settings(
        max_examples=150,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(seed=st.integers(0, 2**40))
    def test_every_form_and_family(self, bench: Bench, generator: str, seed: int) -> None:
        code = GENERATORS[generator](Random(seed))  # noqa: S311 - no secret
        if code is not None:
            bench.check(code)

    @pytest.mark.no_cover
    @settings(
        max_examples=300,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(seed=st.integers(0, 2**40))
    def test_a_safe_fix_breaks_no_test(self, bench: Bench, seed: int) -> None:
        code = invent(Random(seed))  # noqa: S311 - no secret
        if code is not None:
            bench.check(code)

    @pytest.mark.parametrize(("generator", "seed"), OPEN_ONCE_BROKEN)
    def test_specs_and_keywords_that_broke_once(
        self, open_bench: Bench, generator: str, seed: int
    ) -> None:
        code = invent(Random(seed), OPEN_KINDS, OPEN_GENERATORS[generator])  # noqa: S311
        assert code is not None
        open_bench.check(code)

    @pytest.mark.parametrize("generator", OPEN_GENERATORS)
    def test_specs_and_keywords_are_rewritten_often(
        self, open_bench: Bench, generator: str
    ) -> None:
        for seed in range(60):
            code = invent(Random(seed), OPEN_KINDS, OPEN_GENERATORS[generator])  # noqa: S311
            if code is not None:
                open_bench.check(code)
        assert open_bench.seen[Applicability.SAFE] >= 5
        assert open_bench.seen[Applicability.UNSAFE] >= 5

    @pytest.mark.no_cover
    @pytest.mark.parametrize("generator", OPEN_GENERATORS)
    @settings(
        max_examples=200,
        deadline=None,
        derandomize=True,
        suppress_health_check=[
            HealthCheck.filter_too_much,
            HealthCheck.too_slow,
            HealthCheck.function_scoped_fixture,
        ],
    )
    @given(seed=st.integers(0, 2**40))
    def test_a_factory_that_takes_a_spec_and_keywords(
        self, open_bench: Bench, generator: str, seed: int
    ) -> None:
        code = invent(Random(seed), OPEN_KINDS, OPEN_GENERATORS[generator])  # noqa: S311
        if code is not None:
            open_bench.check(code)

    def test_the_invented_tests_are_of_every_sort(self, bench: Bench) -> None:
        for invented in (invent, *GENERATORS.values()):
            for seed in range(60):
                code = invented(Random(seed))  # noqa: S311 - no secret
                if code is not None:
                    bench.check(code)
        assert min(bench.seen[kind] for kind in Applicability) > 0
        assert bench.seen[Applicability.SAFE] >= 15
