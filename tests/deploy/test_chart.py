"""The chart renders what a strict API server takes, and refuses what it does not know."""

import re
from typing import Any

import kubernetes_validate
import pytest

from connectors.settings import CommonSettings, RelaySettings, WorkerSettings
from tests.fixtures.helm import CHART, EXAMPLE, render, run_helm

EVERYTHING = (
    *("--set", "worker.replicas=3", "--set", "relay.replicas=2", "--set", "metrics.port=9464"),
    *("--set", "settings.accounts={default,shop}", "--set", "settings.chat_partitions=24"),
    *("--set", "settings.log_json=false", "--set", "worker.settings.lanes=2000000"),
    *("--set-json", "worker.settings.run_seconds=2.5", "--set", "image.pullSecrets={registry}"),
    *("--set", "nodeSelector.disk=ssd", "--set", "tolerations[0].operator=Exists"),
    *("--set-string", "podAnnotations.team=bots"),
)
Manifest = dict[str, Any]


def of_kind(manifests: list[Manifest], *kinds: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] in kinds}


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    workloads = of_kind(manifests, "StatefulSet", "Deployment", "Job")
    return {name: one["spec"]["template"]["spec"] for name, one in workloads.items()}


def environment(pod: Manifest) -> dict[str, Any]:
    (container,) = pod["containers"]
    return {one["name"]: one.get("value") for one in container.get("env", [])}


def test_helm_finds_nothing_to_say_about_the_chart() -> None:
    ran = run_helm("lint", "--strict", ".", "--values", str(EXAMPLE))

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("version", ["1.27", "1.37"])
@pytest.mark.parametrize("options", [(), EVERYTHING], ids=["defaults", "everything"])
def test_every_manifest_passes_a_strict_schema(options: tuple[str, ...], version: str) -> None:
    manifests = render(*options)

    assert len(manifests) >= 8
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_strict_schema_would_see_a_misspelt_field() -> None:
    (worker,) = (one for one in render() if one["metadata"]["name"] == "hongyan-worker")
    worker["spec"]["replicaz"] = 1

    with pytest.raises(kubernetes_validate.ValidationError, match="replicaz"):
        kubernetes_validate.validate(worker, "1.37", strict=True)


@pytest.mark.parametrize(
    ("misspelt", "word"),
    [
        ("worker.replica=2", "'replica'"),
        ("setings.accounts={a}", "'setings'"),
        ("settings.kafka=x:1", "'kafka'"),
        ("api.service.prot=1", "'prot'"),
    ],
)
def test_a_misspelt_value_is_refused_by_name(misspelt: str, word: str) -> None:
    ran = run_helm("template", "hongyan", ".", "--values", str(EXAMPLE), "--set", misspelt)

    assert ran.returncode != 0
    assert word in ran.stderr


@pytest.mark.parametrize(
    "wrong",
    ["kafka.bootstrap=kafka", "settings.accounts={Shop A}", "worker.replicas=-1", "api.replicas=x"],
)
def test_a_value_of_the_wrong_form_is_refused(wrong: str) -> None:
    ran = run_helm("template", "hongyan", ".", "--values", str(EXAMPLE), "--set", wrong)

    assert ran.returncode != 0
    assert "schema" in ran.stderr


def test_what_only_the_user_can_say_is_asked_for_in_a_sentence() -> None:
    ran = run_helm("template", "hongyan", ".", "--set", "existingSecret=hongyan")
    assert "kafka.bootstrap is missing: say where Kafka is" in ran.stderr

    ran = run_helm("template", "hongyan", ".", "--set", "kafka.bootstrap=kafka:9092")
    assert "existingSecret is missing: name a Secret with the key postgres" in ran.stderr


@pytest.mark.parametrize("options", [(), EVERYTHING], ids=["defaults", "everything"])
def test_no_pod_runs_as_root_or_writes_or_holds_a_token(options: tuple[str, ...]) -> None:
    for name, pod in pods(render(*options)).items():
        (container,) = pod["containers"]

        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert container["resources"]["requests"], name
        assert container["resources"]["limits"]["memory"], name


def test_no_pod_is_told_the_addresses_of_services_as_if_they_were_settings() -> None:
    """A Service hongyan-api makes HONGYAN_API_PORT=tcp://…, which ApiSettings would read."""
    assert [name for name, pod in pods(render()).items() if pod["enableServiceLinks"]] == []


def test_secrets_are_files_and_consumers_see_the_database_alone() -> None:
    for name, pod in pods(render()).items():
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        variables = environment(pod)

        assert "secretKeyRef" not in str(pod), name
        assert not {"HONGYAN_POSTGRES", "HONGYAN_API_KEY"} & set(variables), name
        if name.endswith(("worker", "relay")):
            assert volumes["secrets"]["secret"]["items"] == [
                {"key": "postgres", "path": "postgres"}
            ]


@pytest.mark.parametrize("release", ["hongyan", "a", "x" * 53, "team.with.dots-hongyan"])
def test_every_consumer_has_a_stable_name_that_settings_accept(release: str) -> None:
    made = pods(render(release=release))

    for process, settings in (("worker", WorkerSettings), ("relay", RelaySettings)):
        ((name, pod),) = ((n, p) for n, p in made.items() if n.endswith(f"-{process}"))
        (container,) = pod["containers"]
        (variable,) = (v for v in container["env"] if v["name"] == f"HONGYAN_{process.upper()}_ID")

        assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
        settings.model_validate({f"{process}_id": f"{name}-999"})


def test_the_job_for_topics_needs_nothing_of_the_release() -> None:
    """It runs before the ConfigMap and the account are made."""
    manifests = render(*EVERYTHING)
    (job,) = of_kind(manifests, "Job").values()
    (pod,) = (pod for name, pod in pods(manifests).items() if name.endswith("topics"))
    (settings,) = of_kind(manifests, "ConfigMap").values()

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert "serviceAccountName" not in pod
    assert "envFrom" not in pod["containers"][0]
    assert environment(pod) == settings["data"]


def test_what_a_user_sets_arrives_as_settings_read_it() -> None:
    manifests = render(*EVERYTHING)
    (settings,) = of_kind(manifests, "ConfigMap").values()
    worker = environment(pods(manifests)["hongyan-worker"])

    assert settings["data"]["HONGYAN_ACCOUNTS"] == "default,shop"
    assert settings["data"]["HONGYAN_CHAT_PARTITIONS"] == "24"
    assert settings["data"]["HONGYAN_LOG_JSON"] == "false"
    assert worker["HONGYAN_LANES"] == "2000000"
    assert worker["HONGYAN_RUN_SECONDS"] == "2.5"
    assert worker["HONGYAN_METRICS_PORT"] == "9464"


def test_several_replicas_have_a_disruption_budget_and_single_ones_none() -> None:
    assert set(of_kind(render(), "PodDisruptionBudget")) == {"hongyan-api"}
    assert set(of_kind(render(*EVERYTHING), "PodDisruptionBudget")) == {
        *("hongyan-api", "hongyan-relay", "hongyan-worker")
    }


def test_a_budget_and_a_service_select_the_pods_they_are_for() -> None:
    manifests = render(*EVERYTHING)
    workloads = of_kind(manifests, "StatefulSet", "Deployment")
    choosers = of_kind(
        [m for m in manifests if m["kind"] == "PodDisruptionBudget"], "PodDisruptionBudget"
    )
    (service,) = of_kind(manifests, "Service").values()

    def chosen(selector: dict[str, str]) -> set[str]:
        return {
            name
            for name, one in workloads.items()
            if selector.items() <= one["spec"]["template"]["metadata"]["labels"].items()
        }

    assert chosen(service["spec"]["selector"]) == {"hongyan-api"}
    for name, budget in choosers.items():
        assert chosen(budget["spec"]["selector"]["matchLabels"]) == {name}


def test_a_changed_setting_starts_the_pods_anew() -> None:
    def stamp(*options: str) -> str:
        worker = of_kind(render(*options), "StatefulSet")["hongyan-worker"]
        return str(worker["spec"]["template"]["metadata"]["annotations"]["checksum/settings"])

    assert stamp() == stamp()
    assert stamp() != stamp("--set", "settings.log_level=DEBUG")


def test_the_notes_tell_the_phones_computer_all_that_differs_from_the_defaults() -> None:
    ran = run_helm(
        *("install", "hongyan", ".", "--dry-run=client", "--values", str(EXAMPLE)),
        *("--set", "settings.accounts={shop}", "--set", "settings.topic_prefix=geese"),
    )
    notes = ran.stdout.split("NOTES:")[1]

    assert "HONGYAN_KAFKA=kafka-0.example.internal:9092,kafka-1.example.internal:9092" in notes
    assert "HONGYAN_ACCOUNT=shop" in notes
    assert "HONGYAN_TOPIC_PREFIX=geese" in notes


def test_the_charts_version_of_the_program_is_the_projects() -> None:
    project = (CHART.parents[1] / "pyproject.toml").read_text()
    (version,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)

    assert f'appVersion: "{version}"' in (CHART / "Chart.yaml").read_text()
    assert f"hongyan:{version}" in (CHART.parents[1] / "docker-compose.kafka.yml").read_text()


def test_every_setting_of_the_schema_is_one_of_the_settings_models() -> None:
    import json

    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]
    common = set(schema["settings"]["properties"])
    worker = set(schema["worker"]["properties"]["settings"]["properties"])

    assert common <= set(CommonSettings.model_fields)
    assert worker <= set(WorkerSettings.model_fields) - set(CommonSettings.model_fields)
