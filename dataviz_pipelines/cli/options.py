"""Options that several commands share, and the settings that follow from them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.settings import Settings

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Folder that holds all state. [default: $DATAVIZ_HOME or ./.dataviz]"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def load_settings(home: Path | None = None, **overrides: Any) -> Settings:
    """The environment's settings, and over them those options that were given.

    Raises ConfigurationError, which names the variables but not their values: one of them holds a password.
    """
    given = {
        name: value for name, value in {"home": home, **overrides}.items() if value is not None
    }
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = [
            f"DATAVIZ_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError(
            f"A setting cannot be used: {'; '.join(faults)}.",
            remedy="Correct or unset the environment variable.",
        ) from error
