"""A job runs with its owner's rights, so whoever says what it does must have them too: others may share in it, and edit it,
but do nothing through it that they could not do themselves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine

from tests.api.access.things import Things
from tests.api.jobs.test_jobs import JOB, JOBS
from tests.api.people import People, Person

EVE: dict[str, Any] = {"channels": [{"kind": "email", "target": "eve@example.org"}]}
ADA: dict[str, Any] = {"channels": [{"kind": "email", "target": "ada@example.org"}]}
EDITING = ("scheduler_jobs:view", "scheduler_jobs:edit")
ALL = frozenset({*EDITING, "scheduler_jobs:create", "saved_queries:run", "data_source"})
"""What it takes to say what a job over a saved query does: permissions, and a grant on the data source."""


@dataclass(frozen=True)
class Scene:
    """A report of the administrator's over a query that whoever edits the job may see."""

    people: People
    things: Things
    admin: Person
    source: UUID
    query: UUID
    job: UUID

    @property
    def path(self) -> str:
        return f"{JOBS}/{self.job}"

    @property
    def report(self) -> dict[str, Any]:
        return {
            "job_type": "report_delivery",
            "target_resource_type": "saved_query",
            "target_resource_id": str(self.query),
            "job_config": ADA,
        }

    def editor(self, may: frozenset[str] | set[str] = ALL) -> Person:
        """May edit the job, see the query, and do what is said."""
        person = self.person(*(may - {"data_source"}))
        self.things.grant("scheduler_job", self.job, person, "edit")
        self.things.grant("saved_query", self.query, person)
        if "data_source" in may:
            self.things.grant("data_source", self.source, person)
        return person

    def person(self, *permissions: str) -> Person:
        person = self.people()
        self.things.give(person, self.things.new_role(*permissions))
        return person


@pytest.fixture
def scene(people: People, app_engine: Engine) -> Scene:
    things, admin = Things(app_engine), people("super_admin")
    source = things.make("data_source", admin)
    query = things.make("saved_query", admin, data_source_id=source)
    target = {"target_resource_type": "saved_query", "target_resource_id": query}
    report = {"job_type": "report_delivery", "job_config": ADA, "schedule_expression": "0 6 * * *"}
    job = things.make("scheduler_job", admin, **report, **target)
    return Scene(people, things, admin, source, query, job)


def refusal(answer: httpx.Response) -> tuple[int, list[str]]:
    """Its status, and what it is about."""
    return answer.status_code, [each["pointer"] for each in answer.json().get("errors") or []]


REFUSALS = {
    "scheduler_jobs:create": (403, []),
    "saved_queries:run": (403, []),
    "data_source": (422, ["/target_resource_id"]),
}


@pytest.mark.parametrize("lacking", REFUSALS)
@pytest.mark.parametrize(
    "change",
    [
        {"job_config": EVE},
        {"notification_config": EVE},
        {"job_type": "data_quality_check", "job_config": {"operator": "=", "threshold": 0}},
        {"job_type": "query_refresh", "job_config": {"table": "eves"}},
    ],
    ids=str,
)
def test_nobody_has_a_job_do_what_is_not_theirs_to_do(
    scene: Scene, lacking: str, change: dict[str, Any]
) -> None:
    editor = scene.editor({*ALL, "uploads:create"} - {lacking})
    assert refusal(editor.http.patch(scene.path, json=change)) == REFUSALS[lacking]
    operation = {"action": "update", "id": str(scene.job), "changes": change}
    in_bulk = editor.post(f"{JOBS}/bulk", {"operations": [operation]})
    status, places = REFUSALS[lacking]
    assert in_bulk.status_code == (403 if status == 403 else 409), in_bulk.text
    changed = [f"/operations/0/changes{place}" for place in places]
    assert refusal(in_bulk)[1] == (changed or ["/operations/0"])
    job = scene.admin.http.get(scene.path).json()
    assert (job["job_type"], job["job_config"]) == ("report_delivery", ADA)
    assert job["notification_config"] == {}


def test_nobody_has_a_job_work_on_what_is_not_theirs_to_read(scene: Scene) -> None:
    editor = scene.editor()
    hidden = scene.things.make("data_source", scene.admin)
    salaries = scene.things.make("saved_query", scene.admin, data_source_id=hidden)
    target = {"target_resource_id": str(salaries)}
    assert refusal(editor.http.patch(scene.path, json=target)) == REFUSALS["data_source"]
    scene.things.grant("saved_query", salaries, editor)
    assert refusal(editor.http.patch(scene.path, json=target)) == REFUSALS["data_source"]
    scene.things.grant("data_source", hidden, editor)
    assert editor.http.patch(scene.path, json=target).status_code == 200


@pytest.mark.parametrize("lacking", REFUSALS)
def test_nobody_makes_a_job_that_does_what_is_not_theirs_to_do(scene: Scene, lacking: str) -> None:
    editor = scene.editor(ALL - {lacking})
    assert refusal(editor.post(JOBS, {**JOB, **scene.report})) == REFUSALS[lacking]


def test_who_may_do_what_a_job_does_may_change_it_and_make_another(scene: Scene) -> None:
    editor = scene.editor()
    changed = editor.http.patch(scene.path, json={"job_config": EVE, "notification_config": EVE})
    assert (changed.status_code, changed.json()["job_config"]) == (200, EVE)
    assert changed.json()["created_by"] == str(scene.admin.id)
    assert editor.post(JOBS, {**JOB, **scene.report}).status_code == 201


def test_who_only_plans_a_job_need_not_be_able_to_do_it(scene: Scene) -> None:
    editor = scene.editor({*EDITING, "scheduler_jobs:run"})
    for change in (
        {"name": "Orders"},
        {"schedule_expression": "0 7 * * *", "timezone": "Europe/Vienna"},
        {"run_policy": {"max_retries": 2}},
        {"is_active": False},
        {"is_active": True},
        scene.report,  # as it is
    ):
        changed = editor.http.patch(scene.path, json=change)
        assert changed.status_code == 200, changed.text
    scene.things.grant("scheduler_job", scene.job, editor, "manage")
    for deed, status in (("pause", 200), ("resume", 200), ("run", 202)):
        assert editor.http.post(f"{scene.path}/{deed}").status_code == status
    span = {"first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:00:00Z"}
    assert editor.post(f"{scene.path}/backfill", span).status_code == 202


def test_nobody_has_their_job_done_with_the_rights_of_whom_they_give_it_to(scene: Scene) -> None:
    owner = scene.editor(ALL - {"data_source"})  # who could see it when they made the job
    target = {"target_resource_type": "saved_query", "target_resource_id": scene.query}
    job = scene.things.make(
        "scheduler_job", owner, job_type="report_delivery", job_config=EVE, **target
    )
    to_admin = {"owner_id": str(scene.admin.id)}
    given = owner.http.put(f"{JOBS}/{job}/owner", json=to_admin)
    assert refusal(given) == REFUSALS["data_source"]
    scene.things.grant("data_source", scene.source, owner)
    given = owner.http.put(f"{JOBS}/{job}/owner", json=to_admin)
    assert (given.status_code, given.json()["created_by"]) == (200, str(scene.admin.id))


def test_who_is_granted_to_edit_a_job_does_not_send_the_platforms_secrets_elsewhere(
    scene: Scene,
) -> None:
    config = {"url": "https://example.org", "secret_headers": {"Authorization": "WAREHOUSE"}}
    job = scene.things.make("scheduler_job", scene.admin, job_type="http_call", job_config=config)
    editor = scene.person(*EDITING)
    scene.things.grant("scheduler_job", job, editor, "edit")
    away = {"job_config": {**config, "url": "https://eve.example.org"}}
    assert refusal(editor.http.patch(f"{JOBS}/{job}", json=away)) == (403, [])


@pytest.mark.parametrize(("level", "status"), [("view", 403), ("edit", 403), ("manage", 201)])
def test_a_source_is_looked_at_for_whoever_may_ask_for_a_discovery(
    scene: Scene, level: str, status: int
) -> None:
    """The job is saved where the route says yes, and only there."""
    person = scene.person("scheduler_jobs:create", "scheduler_jobs:view", "metadata:discover")
    scene.things.grant("data_source", scene.source, person, level)
    discovery = {
        "job_type": "metadata_discovery",
        "target_resource_type": "data_source",
        "target_resource_id": str(scene.source),
        "job_config": {},
    }
    assert person.post(JOBS, {**JOB, **discovery}).status_code == status
    asked = person.post(f"/api/v1/data-sources/{scene.source}/discoveries")
    assert asked.is_success == (status == 201)


def test_what_a_job_asks_is_said_only_by_who_sees_the_data_source(scene: Scene) -> None:
    """A query that is shared to be edited is run by jobs of others, with what these may see."""
    editor = scene.editor(frozenset(EDITING))
    scene.things.grant("saved_query", scene.query, editor, "edit")
    path = f"/api/v1/saved-queries/{scene.query}"
    text = {"query_text": "SELECT * FROM salaries"}
    assert refusal(editor.http.patch(path, json=text)) == (422, ["/data_source_id"])
    assert editor.http.patch(path, json={"name": "Orders"}).status_code == 200
    scene.things.grant("data_source", scene.source, editor)
    assert editor.http.patch(path, json=text).status_code == 200
