"""What themes can be asked beside being read (F78)."""

from dataclasses import asdict
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import answer
from api.deps import Edge, Requires
from api.resources import PREFIX, THEMES
from api.schemas.contrast import ContrastsRead
from dataviz_pipelines.core.crud import get_row
from dataviz_pipelines.core.libraries.contrast import contrasts

router = APIRouter(prefix=f"{PREFIX}/themes/{{id}}", tags=["themes"])

Viewing = Annotated[Edge, Depends(Requires("themes:view", rows=True))]


@router.get("/contrast", operation_id="get_theme_contrast", response_model=ContrastsRead)
def get_theme_contrast(id: UUID, edge: Viewing) -> Response:
    """Whether the theme's colours can be told apart, by the ratios of WCAG 2.2: 4.5 for text, 3 for what charts are drawn with."""
    theme = edge.read(partial(get_row, collection=THEMES, row_id=id))
    found = contrasts(theme["css_variables"], theme["color_palette"])
    pairs = [{**asdict(pair), "passes": pair.passes} for pair in found]
    return answer({"passes": all(pair.passes is not False for pair in found), "pairs": pairs})
