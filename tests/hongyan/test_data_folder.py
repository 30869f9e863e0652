"""The folder of `hongyan up`: one owner, and what a restart finds again."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hongyan.data_folder import held
from hongyan.machine import clashes
from hongyan.ports import PORTS, free_ports, from_base
from hongyan.program import CannotStart


def test_a_second_owner_is_refused_with_the_firsts_pid(tmp_path: Path) -> None:
    with held(tmp_path / "data"), pytest.raises(CannotStart) as refusal, held(tmp_path / "data"):
        pass

    assert f"pid {os.getpid()}" in refusal.value.reason


def test_a_folder_let_go_may_be_held_again_with_the_same_ports_and_key(tmp_path: Path) -> None:
    with held(tmp_path) as folder:
        folder.kept.ports["kafka"] = 9092
        folder.keep()
        first = folder.kept
    with held(tmp_path) as folder:
        again = folder.kept

    assert again == first
    assert again.api_key.startswith("hy_")
    assert stat.S_IMODE((tmp_path / "up.json").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart) as refusal, held(tmp_path / "file" / "data"):
        pass

    assert str(tmp_path / "file" / "data") in refusal.value.reason


def test_spoilt_memory_says_which_file(tmp_path: Path) -> None:
    (tmp_path / "up.json").write_text("{")

    with pytest.raises(CannotStart) as refusal, held(tmp_path):
        pass

    assert str(tmp_path / "up.json") in refusal.value.reason


def test_ports_follow_the_base_and_free_ones_differ() -> None:
    assert list(from_base(9200).values()) == [9200, 9201, 9202, 9203, 9204]
    assert len(set(free_ports(PORTS).values())) == len(PORTS)


def test_a_foreign_package_of_our_name_is_found() -> None:
    found = list(clashes({"plugins": ["hongyan", "other"], "schemas": ["hongyan"]}))

    assert [finding.name for finding in found] == ["package name plugins"]
    assert "other" in found[0].found


def test_free_ports_are_different_and_none_that_outgoing_connections_get() -> None:
    names = [f"server-{number}" for number in range(50)]

    ports = free_ports(names)

    assert set(ports) == set(names)
    assert len(set(ports.values())) == len(names)
    assert all(20_000 <= port < 32_000 for port in ports.values())


def test_the_stack_forks_nothing_before_loguru_is_whole() -> None:
    """Its locks hook into fork; imported in a thread meanwhile, they broke a start in fifty."""
    code = "import sys, hongyan.up; print('loguru' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "True"
