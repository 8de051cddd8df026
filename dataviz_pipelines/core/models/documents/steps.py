"""The transformation steps of a template: what `upload_templates.transformation_rules` holds."""

from typing import Annotated, Literal

from pydantic import Field

from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.documents.vocabulary import ColumnName, Separator


class Rename(Document):
    op: Literal["rename"]
    columns: dict[ColumnName, ColumnName] = Field(description="Old name to new name.")


class Drop(Document):
    op: Literal["drop"]
    columns: list[ColumnName]


class Trim(Document):
    op: Literal["trim"]
    columns: list[ColumnName] | None = Field(None, description="None: every column.")
    characters: str | None = Field(None, description="None: white space.")


class Case(Document):
    op: Literal["case"]
    columns: list[ColumnName]
    to: Literal["lower", "upper", "title"]


class Replace(Document):
    op: Literal["replace"]
    columns: list[ColumnName]
    pattern: str
    replacement: str
    regex: bool = False


class MapValues(Document):
    op: Literal["map"]
    column: ColumnName
    values: dict[str, str | None]
    otherwise: Literal["keep", "null", "reject"] = Field(
        "reject", description="What happens to a value not listed."
    )


class ParseNumber(Document):
    """Rewrites numbers of one notation as plain ones: `1.234,50` becomes `1234.50`."""

    op: Literal["parse_number"]
    columns: list[ColumnName]
    decimal: Separator = "."
    thousands: Separator | None = None
    strip: list[str] = Field(
        default_factory=list, description='Texts around the number to ignore, such as "EUR" or "%".'
    )
    negative_parentheses: bool = Field(False, description="`(5)` means -5.")


class ParseDate(Document):
    """Rewrites dates or times of the given formats as ISO 8601, in UTC when a time zone is given."""

    op: Literal["parse_date"]
    columns: list[ColumnName]
    formats: list[str] = Field(min_length=1, description="strptime formats, tried in this order.")
    time_zone: str | None = Field(
        None, description="IANA name of the zone the values are local to."
    )


class Split(Document):
    op: Literal["split"]
    column: ColumnName
    separator: str = Field(min_length=1)
    into: list[ColumnName] = Field(min_length=2)
    keep: bool = Field(False, description="Keep the column that was split.")


class Concatenate(Document):
    op: Literal["concatenate"]
    columns: list[ColumnName] = Field(min_length=2)
    separator: str = ""
    into: ColumnName


class Default(Document):
    """Fills cells that are empty."""

    op: Literal["default"]
    column: ColumnName
    value: str


class Constant(Document):
    op: Literal["constant"]
    column: ColumnName
    value: str | None


class Compute(Document):
    """A column computed from the typed values of the others; runs after all other steps."""

    op: Literal["compute"]
    column: ColumnName
    expression: str = Field(max_length=2_000)


class PythonFunction(Document):
    """Calls a registered function with the rows as a pandas frame of text; see docs/templates.md."""

    op: Literal["python"]
    function: str
    adds: list[ColumnName] = Field(
        default_factory=list,
        description="Columns that the function creates; the file need not have them.",
    )


Step = Annotated[
    Rename
    | Drop
    | Trim
    | Case
    | Replace
    | MapValues
    | ParseNumber
    | ParseDate
    | Split
    | Concatenate
    | Default
    | Constant
    | Compute
    | PythonFunction,
    Field(discriminator="op"),
]


class TransformationRules(Document):
    """Steps run in the order given, on text, before any value is typed."""

    steps: list[Step] = Field(default_factory=list)
