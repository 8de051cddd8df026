"""JSON of the theme and chart libraries."""

from typing import Annotated

from pydantic import Field, StringConstraints

from dataviz_pipelines.core.models.documents.document import Document, HexColor

CssVariable = Annotated[str, StringConstraints(pattern=r"^--[a-z][a-z0-9-]*$")]
CssVariables = dict[CssVariable, Annotated[str, StringConstraints(max_length=200)]]
ColorPalette = list[HexColor]


class Typography(Document):
    font_family: str = "system-ui, sans-serif"
    heading_font_family: str | None = Field(None, description="None: the same as the text's.")
    base_size_px: int = Field(16, ge=8, le=40)
    line_height: float = Field(1.5, ge=1, le=3)
