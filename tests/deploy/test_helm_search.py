"""helm is found, or fetched once, or asked for in plain words."""

import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.helm import NoHelm, find_helm

LINUX = ("Linux", "x86_64")


def made_up_wheel(into: Path) -> None:
    layer = io.BytesIO()
    with zipfile.ZipFile(layer, "w") as inner:
        inner.writestr("helm/helm", "#!/bin/sh\necho made up\n")
    folder = into / "wheel" / "aws_cdk"
    folder.mkdir(parents=True)
    with tarfile.open(folder / "layer@1.jsii.tgz", "w:gz") as outer:
        member = tarfile.TarInfo("package/lib/layer.zip")
        member.size = layer.getbuffer().nbytes
        layer.seek(0)
        outer.addfile(member, layer)


def never(into: Path) -> None:
    raise AssertionError(f"fetched into {into}")


def test_a_helm_on_path_is_taken(tmp_path: Path) -> None:
    own = tmp_path / "helm"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)

    found = find_helm(path=str(tmp_path), cache=tmp_path / "cache", machine=LINUX, fetch=never)

    assert found == own


def test_a_missing_helm_is_fetched_once_and_can_be_run(tmp_path: Path) -> None:
    def find(fetch: object) -> Path:
        return find_helm(path="", cache=tmp_path, machine=LINUX, fetch=fetch)  # type: ignore[arg-type]

    first = find(made_up_wheel)
    second = find(never)

    assert first == second
    assert subprocess.check_output([first], text=True) == "made up\n"
    assert [file.name for file in first.parent.iterdir()] == ["helm"]


def test_where_none_can_be_fetched_it_says_what_to_install(tmp_path: Path) -> None:
    def offline(into: Path) -> None:
        raise subprocess.CalledProcessError(1, "pip", stderr="no network")

    with pytest.raises(NoHelm, match=r"install helm 3 or 4\nno network"):
        find_helm(path="", cache=tmp_path, machine=LINUX, fetch=offline)
    with pytest.raises(NoHelm, match="install helm"):
        find_helm(path="", cache=tmp_path, machine=("Darwin", "arm64"), fetch=never)
