"""Dockerfile, Compose file and workflow are well formed, pinned, and set what settings read."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import connectors.settings
from connectors.settings import CommonSettings
from schemas.topics import ALL, CHAT_PARTITIONS, DEFAULT_PREFIX
from tests.fixtures.helm import CHART, render

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = ROOT / "docker-compose.kafka.yml"
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
VARIABLE = re.compile(r"HONGYAN_[A-Z0-9_]+")
YAML_RULES = (
    "{extends: default, rules: {line-length: {max: 120}, document-start: disable,"
    " truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}}}"
)


def tool(name: str, *arguments: str | Path) -> None:
    """Run a checker of the development group; what it says is the failure."""
    ran = subprocess.run(
        [Path(sys.executable).with_name(name), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def known_variables() -> set[str]:
    """Fields of every settings model, and the two that the settings module itself reads."""
    models = [CommonSettings]
    for model in models:
        models += model.__subclasses__()
    fields = {f"HONGYAN_{name.upper()}" for model in models for name in model.model_fields}
    sources = set(re.findall(r'"(HONGYAN_[A-Z]+)"', inspect.getsource(connectors.settings)))
    return fields | sources


def services() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return loaded


def ours() -> dict[str, Any]:
    return {n: one for n, one in services().items() if one["image"].startswith("hongyan")}


def test_the_compose_file_follows_the_specification() -> None:
    tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def test_the_workflow_follows_its_schema() -> None:
    tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW)


def test_the_workflow_has_no_hole_that_zizmor_knows() -> None:
    tool("zizmor", "--offline", "--quiet", "--persona", "pedantic", WORKFLOW)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    tool("hadolint", DOCKERFILE)


@pytest.mark.parametrize(
    "file",
    [COMPOSE, WORKFLOW, CHART / "Chart.yaml", CHART / "values.yaml", CHART / "ci/values.yaml"],
    ids=lambda file: file.name,
)
def test_yaml_is_tidy(file: Path) -> None:
    tool("yamllint", "--strict", "-d", YAML_RULES, file)


@pytest.mark.parametrize("file", [DOCKERFILE, COMPOSE], ids=lambda file: file.name)
def test_every_variable_written_is_one_that_settings_read(file: Path) -> None:
    assert set(VARIABLE.findall(file.read_text())) <= known_variables()


def test_every_variable_the_chart_writes_is_one_that_settings_read() -> None:
    rendered = yaml.safe_dump_all(
        render("--set", "metrics.port=9464", "--set", "worker.settings.lanes=5")
    )
    written = set(VARIABLE.findall(rendered)) | set(
        VARIABLE.findall((CHART / "templates" / "NOTES.txt").read_text())
    )

    assert "HONGYAN_METRICS_PORT" in written
    assert written <= known_variables()


def test_topics_are_written_nowhere_again() -> None:
    files = [DOCKERFILE, COMPOSE, WORKFLOW, *(f for f in CHART.rglob("*") if f.is_file())]
    names = {topic.pattern.removeprefix("{prefix}.").split(".{")[0] for topic in ALL}
    name = re.compile(rf"\b{DEFAULT_PREFIX}\.({'|'.join(map(re.escape, sorted(names)))})\b")
    count = re.compile(rf"partitions\W+{CHAT_PARTITIONS}\b", re.IGNORECASE)

    assert [file.name for file in files if name.search(text := file.read_text())] == []
    assert [file.name for file in files if count.search(text := file.read_text())] == [], text


def test_compose_sets_every_password_from_outside_and_asks_when_it_is_missing() -> None:
    text = COMPOSE.read_text()
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|KEY)\w*)(:\?)?", text)

    assert {name for name, _ in secrets} == {"POSTGRES_PASSWORD", "HONGYAN_API_KEY"}
    assert all(required for _, required in secrets)


def test_compose_publishes_on_loopback_alone() -> None:
    published = [port for one in services().values() for port in one.get("ports", [])]

    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_compose_pins_every_image_and_says_when_each_is_healthy() -> None:
    for name, one in services().items():
        assert re.search(r":\d+(\.\d+)+$", one["image"]), name
        assert name in ours() or one["healthcheck"]["test"], name


def test_compose_runs_our_containers_without_any_right() -> None:
    assert set(ours()) == {"topics", "relay", "worker", "api", "sim", "agent"}
    for name, one in ours().items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["security_opt"], name


def test_nothing_starts_before_the_topics_are_made() -> None:
    for name in ("relay", "worker", "api", "agent"):
        made = services()[name]["depends_on"]["topics"]
        assert made == {"condition": "service_completed_successfully"}, name


def test_the_image_runs_as_a_number_and_from_the_lock_to_the_hash() -> None:
    text = DOCKERFILE.read_text()

    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", text, re.MULTILINE)
    assert "PYTHONSAFEPATH=1" in text
    assert re.search(r"^HEALTHCHECK ", text, re.MULTILINE)
    assert "ARG FOR=cluster" in text
    for install in re.findall(
        r"\binstall --no-cache-dir.*?(?=&&|\nCOPY|\nFROM|\n#)", text, re.DOTALL
    ):
        assert "--require-hashes" in install or "--no-index /wheel/" in install


def test_the_build_sees_every_room_and_every_lock_it_needs() -> None:
    seen = {
        line[1:].rstrip("/")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    project = (ROOT / "pyproject.toml").read_text()
    (packages,) = re.findall(r"^packages = \[(\"schemas\", .*)\]$", project, re.MULTILINE)[:1]

    assert set(re.findall(r'"(\w+)"', packages)) <= seen
    assert {"requirements.build.lock", "requirements.cluster.lock", "README.md"} <= seen
    assert all((ROOT / name).exists() for name in seen)


def jobs() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    return loaded


def test_the_workflow_calls_the_same_targets_as_a_developer() -> None:
    commands = {
        step["run"] for job in ("check", "test") for step in jobs()[job]["steps"] if "run" in step
    }

    assert commands == {"make check", "make test"}


def test_one_job_stands_for_all_others_even_when_they_were_skipped() -> None:
    green = jobs()["green"]

    assert set(green["needs"]) == set(jobs()) - {"green"}
    assert green["if"] == "always()"


@pytest.mark.parametrize(
    ("results", "code"),
    [("success success", 0), ("success failure", 1), ("cancelled success", 1), ("skipped", 1)],
)
def test_the_green_job_is_green_only_when_all_others_are(results: str, code: int) -> None:
    (step,) = jobs()["green"]["steps"]
    ran = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        env={"RESULTS": results, "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
        check=False,
        timeout=10,
    )

    assert ran.returncode == code


def test_every_action_is_pinned_to_a_commit() -> None:
    used = re.findall(r"uses: (\S+)", WORKFLOW.read_text())

    assert used
    assert [one for one in used if not re.search(r"@[0-9a-f]{40}$", one)] == []


def test_every_python_the_project_names_is_tested() -> None:
    named = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())

    assert jobs()["test"]["strategy"]["matrix"]["python"] == named
