"""The histogram of a rollup."""

from typing import Annotated

from pydantic import Field, StringConstraints

Timings = dict[
    Annotated[str, StringConstraints(pattern=r"^(-1|\d{1,4})$")], Annotated[int, Field(gt=0)]
]
"""Numbers of values by bucket, as `core.analytics.timings` cuts them; -1 are the zeros."""
