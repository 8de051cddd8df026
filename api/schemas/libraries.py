"""Themes and chart kinds that dashboards share."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.base import INCLUDED, UNCHANGED, Flag, Input, Name, Patch, Read, ShortName
from api.schemas.people import PersonRead
from dataviz_pipelines.core.models.documents.document import HexColor, JsonObject
from dataviz_pipelines.core.models.documents.libraries import CssVariables, Typography

Palette = Annotated[list[HexColor], Field(max_length=100)]
Variables = Annotated[CssVariables, Field(max_length=500)]
Code = Annotated[str, StringConstraints(max_length=500_000, pattern=r"^[^\u0000]*$")]


class ThemeRead(Read):
    name: str
    css_variables: CssVariables
    color_palette: list[HexColor]
    typography: Typography
    is_public: bool
    is_default: bool
    download_count: int
    owner: PersonRead | None = INCLUDED


class ThemeCreate(Input):
    name: Name
    css_variables: Variables = Field(default_factory=dict)
    color_palette: Palette = Field(default_factory=list)
    typography: Typography = Field(default_factory=Typography)
    is_public: Flag = False


class ThemeUpdate(Patch):
    name: Name = UNCHANGED
    css_variables: Variables = UNCHANGED
    color_palette: Palette = UNCHANGED
    typography: Typography = UNCHANGED
    is_public: Flag = UNCHANGED


class ChartRead(Read):
    """`component_code` is for a page to run in a sandbox of its own; the platform never does."""

    name: str
    chart_type: str
    config_schema: JsonObject
    component_code: str | None
    css_styles: str | None
    category: str | None
    is_public: bool
    owner: PersonRead | None = INCLUDED


class ChartCreate(Input):
    name: Name
    chart_type: ShortName
    config_schema: JsonObject = Field(default_factory=dict)
    component_code: Code | None = None
    css_styles: Code | None = None
    category: ShortName | None = None
    is_public: Flag = False


class ChartUpdate(Patch):
    name: Name = UNCHANGED
    chart_type: ShortName = UNCHANGED
    config_schema: JsonObject = UNCHANGED
    component_code: Code | None = None
    css_styles: Code | None = None
    category: ShortName | None = None
    is_public: Flag = UNCHANGED
