"""Whether a theme's colours can be told apart."""

from pydantic import BaseModel


class ContrastRead(BaseModel):
    """`ratio` is that of WCAG 2.2, from 1 to 21; null, as `passes`, where one of the two is no colour that can be judged."""

    foreground: str
    background: str
    ratio: float | None
    required: float
    passes: bool | None


class ContrastsRead(BaseModel):
    """`passes`: none of them fails."""

    passes: bool
    pairs: list[ContrastRead]
