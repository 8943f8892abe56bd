"""The plugin for pytest: an option that says where test data lies, and fixtures that make datasets, write them and ask them.

pytest loads it by its entry point, so nothing of the product is imported here before a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

try:
    import pytest
except ImportError:
    raise ImportError("the fixtures need pytest: pip install 'ingen-fab-synthetic-data[pytest]'") from None

if TYPE_CHECKING:
    import duckdb

    from ..core.api import SyntheticDataGenerator
    from ..core.written import WrittenDataset

__all__ = ["Make", "synthetic_data_generator", "synthetic_dataset", "synthetic_duckdb"]
_OPTION = "--test-data-path"
T = TypeVar("T")
Made_co = TypeVar("Made_co", covariant=True)


class Make(Protocol[Made_co]):
    """What the fixtures are: called with the arguments of `SyntheticDataGenerator`, they give what was made of them."""

    def __call__(
        self,
        dataset_id: str | None = None,
        target_rows: int | None = None,
        seed: int | None = None,
        *,
        scale_factor: float | None = None,
        as_of: date | None = None,
        tables: Sequence[str] | None = None,
        parameters: Mapping[str, Any] = {},
        config: Path | str | None = None,
        datasets: Sequence[Path | str] = (),
        custom_schema: Path | str | None = None,
    ) -> Made_co:
        """The arguments are those of `SyntheticDataGenerator`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option."""
    parser.getgroup("synthetic data").addoption(
        _OPTION,
        metavar="DIR",
        help="where the datasets of `synthetic_dataset` and `synthetic_duckdb` lie: one that is there is used as it is, any other is"
        " written there [default: in pytest's cache]",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Raises UsageError where the option names something that is no folder."""
    given = _given(config)
    if given is not None and given.exists() and not given.is_dir():
        raise pytest.UsageError(f"{_OPTION}: {given} is a file; name a folder, or one that is still to be made")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Where the datasets are, if it was said."""
    given = _given(config)
    return None if given is None else f"synthetic data: {given}"


def _given(config: pytest.Config) -> Path | None:
    text: str | None = config.getoption(_OPTION)
    if text is None:
        return None
    if not text:
        raise pytest.UsageError(f"{_OPTION} names no folder")
    return config.invocation_params.dir / text


def _places(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The folders that all workers of this run share: the next one is for what the one before cannot hold."""
    config = request.config
    given = _given(config)
    if given is not None:
        yield given
        return
    cache = getattr(config, "cache", None)
    if cache is not None:
        with suppress(OSError):
            yield Path(cache.mkdir("synthetic_data"))
    # Without pytest's cache, or where nobody may write to it, datasets live as long as pytest's temporary folders.
    base: Path = request.getfixturevalue("tmp_path_factory").getbasetemp()
    yield (base.parent if hasattr(config, "workerinput") else base) / "synthetic_data"


def _once(make: Callable[..., T]) -> Callable[..., T]:
    """Makes each thing once; errors end in the line of the test that asked, with nothing of the product's insides."""
    from ..core.errors import SyntheticDataError

    made: dict[str, T] = {}

    def give(*arguments: Any, **named: Any) -> T:
        __tracebackhide__ = True
        key = repr((arguments, sorted(named.items())))
        try:
            if key not in made:
                made[key] = make(*arguments, **named)
        except SyntheticDataError as error:
            raise error.with_traceback(None) from None
        return made[key]

    return give


@pytest.fixture(scope="session")
def synthetic_data_generator() -> Make[SyntheticDataGenerator]:
    """Makes generators, which compute tables in memory and write nothing.

    Example: synthetic_data_generator("retail_oltp_small", target_rows=100, seed=12345).generate()["orders"]
    """
    from ..core.api import SyntheticDataGenerator

    return _once(SyntheticDataGenerator)


@pytest.fixture(scope="session")
def synthetic_dataset(request: pytest.FixtureRequest) -> Make[WrittenDataset]:
    """Gives datasets on disk, written once for all tests, workers and runs.

    Example: synthetic_dataset("retail_oltp_small", target_rows=100).files("orders")
    """
    from ..core.api import SyntheticDataGenerator
    from ..core.errors import PlaceError
    from ..core.written import written_dataset

    places = tuple(_places(request))

    def make(*arguments: Any, **named: Any) -> WrittenDataset:
        resolved = SyntheticDataGenerator(*arguments, **named).resolved
        for place in places[:-1]:
            with suppress(PlaceError):
                return written_dataset(resolved, place)
        return written_dataset(resolved, places[-1])

    return _once(make)


@pytest.fixture
def synthetic_duckdb(synthetic_dataset: Make[WrittenDataset]) -> Iterator[Make[duckdb.DuckDBPyConnection]]:
    """Gives DuckDB connections over datasets on disk, each of them closed after the test.

    Example: synthetic_duckdb("retail_oltp_small", target_rows=100).execute("SELECT count(*) FROM orders").fetchone()
    """
    opened: list[duckdb.DuckDBPyConnection] = []

    def connect(*arguments: Any, **named: Any) -> duckdb.DuckDBPyConnection:
        __tracebackhide__ = True
        opened.append(synthetic_dataset(*arguments, **named).connect())
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()
