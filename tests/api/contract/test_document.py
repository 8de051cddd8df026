"""R29 and the promise that clients can be generated: other people's tools, over the document and the running server."""

import json
import subprocess
from pathlib import Path

import httpx
from fastapi import FastAPI

from tests.api.people import People

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
]


def test_r29_no_request_of_schemathesis_ends_in_an_error_or_an_answer_off_the_schema(
    client: httpx.Client, people: People, contract_tools: Path, tmp_path: Path
) -> None:
    admin = people("super_admin", is_admin=True)
    command = [
        *(
            str(contract_tools / "st"),
            "run",
            str(client.base_url.join("/api/openapi.json")),
        ),
        *("--header", f"Authorization: Bearer {admin.token}", "--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--seed", "1"),
        "--no-color",
    ]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr[-2_000:]


CLIENT = """
import sys
from generated import AuthenticatedClient
from generated.api.dashboards import create_dashboard, get_dashboard, list_dashboards, update_dashboard
from generated.models import DashboardCreate, DashboardUpdate

with AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2], raise_on_unexpected_status=True) as client:
    made = create_dashboard.sync(client=client, body=DashboardCreate(name="Sales"))
    assert get_dashboard.sync(made.id, client=client) == made
    answer = update_dashboard.sync_detailed(
        made.id, client=client, body=DashboardUpdate(description="By month")
    )
    assert answer.parsed.description == "By month", answer
    page = list_dashboards.sync(client=client, limit=1)
    print(page.items[0].description)
"""


def test_clients_get_names_that_can_be_called(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert [name for name in schemas if not name.isalnum()] == []
    assert {"DashboardPage", "DashboardUseRanking", "HttpCallConfig", "UploadState"} <= set(schemas)


def test_clients_learn_what_the_values_of_objects_are(app: FastAPI) -> None:
    document = app.openapi()
    parameters = document["components"]["schemas"]["QueryBody"]["properties"]["parameters"]
    assert parameters["additionalProperties"] == {"$ref": "#/components/schemas/JsonValue"}
    assert "patternProperties" not in json.dumps(document)


def test_clients_write_typed_configurations_of_jobs_and_read_all_of_any(app: FastAPI) -> None:
    """Some take the first of several types, and leave out what it does not know."""
    schemas = app.openapi()["components"]["schemas"]
    written = schemas["SchedulerJobCreate"]["properties"]["job_config"]
    assert {"$ref": "#/components/schemas/HttpCallConfig"} in written["anyOf"]
    read = schemas["SchedulerJobRead"]["properties"]["job_config"]
    assert read["additionalProperties"] == {"$ref": "#/components/schemas/JsonValue"}


def test_clients_send_no_null_in_a_form(app: FastAPI) -> None:
    body = app.openapi()["paths"]["/api/v1/uploads"]["post"]["requestBody"]
    (form,) = (each["schema"] for each in body["content"].values())
    assert form["properties"]["template_id"]["type"] == "string"


def test_clients_expect_json_only_where_there_is_some(app: FastAPI) -> None:
    cancel = app.openapi()["paths"]["/api/v1/query-execution-logs/{id}/cancel"]["post"]
    assert "content" not in cancel["responses"]["202"]


def test_a_client_is_generated_from_the_document_and_works(
    app: FastAPI, client: httpx.Client, people: People, contract_tools: Path, tmp_path: Path
) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(app.openapi()))
    settings = tmp_path / "config.yaml"
    settings.write_text("post_hooks: []\n")
    command = [
        *(str(contract_tools / "openapi-python-client"), "generate", "--meta", "none"),
        *("--path", str(document), "--output-path", str(tmp_path / "generated")),
        *("--config", str(settings), "--fail-on-warning"),
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    used = subprocess.run(
        [
            str(contract_tools / "python"),
            "-c",
            CLIENT,
            str(client.base_url),
            people("editor").token,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (used.stdout, used.stderr) == ("By month\n", "")
