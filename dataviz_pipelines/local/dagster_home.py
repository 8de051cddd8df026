"""The files from which Dagster's processes learn where everything is. None of them holds a secret."""

import json
from importlib.resources import files
from pathlib import Path

from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.folders import make_private
from dataviz_pipelines.local.ports import LOOPBACK

WORKSPACE_FILE = "workspace.yaml"
CODE_LOCATION = "dataviz"


def write_dagster_home(settings: Settings, *, code_server_port: int) -> Path:
    """Returns the workspace file; its code location keeps its name, to which Dagster ties the history of runs."""
    home = make_private(settings.dagster_home)
    (home / "dagster.yaml").write_text(
        (files("dataviz_pipelines.local") / "dagster.yaml").read_text()
    )
    server = {"host": LOOPBACK, "port": code_server_port, "location_name": CODE_LOCATION}
    workspace = home / WORKSPACE_FILE
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": server}]}))  # JSON is YAML
    return workspace
