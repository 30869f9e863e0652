"""The page of bundled plugins names each of them, in both languages, with what it needs."""

from pathlib import Path

import pytest

from plugins.importing import plugin_folders
from plugins.library import BUNDLED
from plugins.manifest import Manifest, read_manifest

DOCS = Path(__file__).parents[2] / "docs"
MANIFESTS = [read_manifest(folder) for folder in plugin_folders(BUNDLED)]


@pytest.mark.parametrize("page", ["bundled-plugins.md", "bundled-plugins.zh-CN.md"])
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: one.name)
def test_each_bundled_plugin_stands_in_the_table(page: str, manifest: Manifest) -> None:
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith(f"| [`{manifest.name}`]")]
    assert all(f"`{one.partition(':')[0]}`" in row for one in manifest.capabilities)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: one.name)
def test_what_is_on_by_default_asks_for_no_grant(manifest: Manifest) -> None:
    assert manifest.default == "off" or manifest.capabilities == ()
