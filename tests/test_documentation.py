"""The documentation is true where a test can tell: commands, options, settings, routes, links, dependencies, generated pages."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from api.app import create_app
from dataviz_pipelines.core.settings import Settings
from docs.generate import PAGES, commands

ROOT = Path(__file__).parents[1]
WRITTEN = [
    path
    for path in (
        ROOT / "README.md",
        ROOT / "examples" / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    )
    if path.name not in PAGES
]
TEXT = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in WRITTEN}
ALL_TEXT = "\n".join(TEXT.values())
COMMANDS: dict[str, Any] = dict(commands())
_CODE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def code(text: str) -> list[str]:
    """Lines of code blocks, and what stands between backticks."""
    blocks = [line.strip() for block in _CODE.findall(text) for line in block.splitlines()]
    return [*blocks, *_INLINE.findall(_CODE.sub("", text))]


def calls(text: str, program: str) -> list[str]:
    return [line for line in code(text) if line == program or line.startswith(f"{program} ")]


def words(call: str) -> list[str]:
    """Without a comment, and without where the output goes."""
    found = shlex.split(call, comments=True)
    return found[: found.index(">")] if ">" in found else found


DATAVIZ = [(page, call) for page, text in TEXT.items() for call in calls(text, "dataviz")]
MAKE = [(page, call) for page, text in TEXT.items() for call in calls(text, "make")]


def called(call: str) -> tuple[str | None, list[str]]:
    """The command that a call names, and what it is given."""
    given = words(call)
    for length in (3, 2):
        name = " ".join(given[:length])
        if name in COMMANDS:
            return name, given[length:]
    return None, given


def options(command: Any) -> dict[str, bool]:
    """Every option of a command, and whether it takes a value."""
    return {
        option: not parameter.is_flag
        for parameter in command.params
        if parameter.param_type_name == "option"
        for option in parameter.opts
    }


@pytest.mark.parametrize(("page", "call"), DATAVIZ)
def test_a_documented_command_exists_with_its_options(page: str, call: str) -> None:
    name, given = called(call)
    groups = {" ".join(path.split()[:2]) for path in COMMANDS if len(path.split()) == 3}
    if name is None:
        assert " ".join(given) in {"dataviz", "dataviz COMMAND --help", *groups}, page
        return
    known = options(COMMANDS[name])
    assert {word for word in given if word.startswith("-")} <= set(known), page


@pytest.mark.parametrize(
    ("page", "call"), [(page, call) for page, call in DATAVIZ if page == "README.md" and called(call)[1]]
)  # fmt: skip
def test_a_command_of_the_readme_can_be_parsed_as_it_stands(
    page: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that it names are there, as they are for somebody who follows the page."""
    name, given = called(call)
    assert name is not None, page
    monkeypatch.chdir(tmp_path)
    for word in given:
        if Path(word).suffix:
            Path(word).touch()
    command = COMMANDS[name]
    with typer.Context(command, info_name=name) as context:
        command.parse_args(context, list(given))


@pytest.mark.parametrize(("page", "call"), MAKE)
def test_a_documented_make_target_exists(page: str, call: str) -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    given = words(call)[1:]
    assert {word for word in given if "=" not in word} <= set(targets), page


def test_every_command_is_mentioned_outside_of_the_generated_page() -> None:
    mentioned = {called(call)[0] for _, call in DATAVIZ}
    assert set(COMMANDS) <= mentioned


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_current(page: str) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs`"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"`DATAVIZ_{name.upper()}`" in page
        assert field.description


def test_every_variable_that_is_named_is_a_setting() -> None:
    named = set(re.findall(r"DATAVIZ_[A-Z_]+[A-Z]", ALL_TEXT))
    assert named <= {f"DATAVIZ_{name.upper()}" for name in Settings.model_fields}


def test_every_route_is_mentioned(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path))
    documented = [
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    ]
    assert documented
    table = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert [each for each in documented if f"`{each}`" not in table] == []
    assert "`/api/docs`" in ALL_TEXT
    assert f"`{app.openapi_url}`" in ALL_TEXT


LINKS = [
    (page, link)
    for page, text in TEXT.items()
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    if "://" not in link
]


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_somewhere(page: str, link: str) -> None:
    assert (ROOT / page).parent.joinpath(link).exists()


def test_every_decision_has_its_number_and_its_four_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    for number, page in enumerate(pages, start=1):
        text = page.read_text(encoding="utf-8")
        assert page.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number}. ")
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives"], page.name


def test_every_dependency_has_its_reason() -> None:
    groups = [_PROJECT["project"]["dependencies"], *_PROJECT["dependency-groups"].values()]
    wanted = {
        re.split(r"[\[<>=]", entry)[0]
        for group in groups
        for entry in group
        if isinstance(entry, str)
    }
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    reasons = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", page, re.MULTILINE))
    assert set(reasons) == wanted
    assert all(reasons.values())
