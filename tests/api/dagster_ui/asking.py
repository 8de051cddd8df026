"""What people ask of Dagster's GraphQL."""

from typing import Any

from sqlalchemy import Engine, select

from dataviz_pipelines.core.models.tables import AuditLog

GRAPHQL = "/dagster/graphql"
READ = "{ version }"
MAY = "{ permissions { permission value } }"
SENSOR = """sensorSelector: {repositoryLocationName: "tests.servers.pipelines",
  repositoryName: "__repository__", sensorName: "watchful"}"""
START = f"mutation {{ startSensor({SENSOR}) {{ __typename }} }}"
SENSOR_STATUS = f"{{ sensorOrError({SENSOR}) {{ ... on Sensor {{ sensorState {{ status }} }} }} }}"
LAUNCH = """
mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } } }
"""
LAUNCHED = {
    "params": {
        "selector": {
            "repositoryLocationName": "tests.servers.pipelines",
            "repositoryName": "__repository__",
            "pipelineName": "speaking",
        },
        "runConfigData": "{}",
    }
}


def asks(query: str, **values: Any) -> dict[str, Any]:
    return {"query": query, **values}


def refusals(engine: Engine) -> list[dict[str, Any]]:
    """The details of all refusals in the audit."""
    statement = select(AuditLog.new_values).where(AuditLog.action_type == "access_denied")
    with engine.connect() as connection:
        return list(connection.execute(statement).scalars())
