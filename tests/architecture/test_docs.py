"""The documentation points at things that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("plugins/*/*.md")]
)
IN_BOTH_LANGUAGES = [
    "README",
    "docs/simulated-phone",
    "docs/debug-a-plugin",
    "docs/plugins",
    "docs/plugin-guide",
    "docs/plugin-life",
    "docs/bundled-plugins",
    "docs/schedules",
    "docs/webhooks",
    "docs/models-and-databases",
    "plugins/bridge/README",
    "plugins/assistant/README",
    "plugins/query/README",
    "plugins/digest/README",
    "docs/operate/phone-health",
    "docs/operate/pace",
    "docs/connect-a-phone",
]
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = [match.group(1) for match in LINK.finditer(page.read_text())]
    missing = [
        target
        for target in targets
        if not target.startswith(("http:", "https:", "mailto:"))
        and not (page.parent / target).exists()
    ]

    assert missing == []


def headings(page: str) -> list[int]:
    return [
        len(line.split(" ")[0])
        for line in (ROOT / page).read_text().splitlines()
        if line.startswith("#")
    ]


@pytest.mark.parametrize("page", IN_BOTH_LANGUAGES)
def test_both_languages_have_the_same_shape(page: str) -> None:
    assert headings(f"{page}.md") == headings(f"{page}.zh-CN.md")


@pytest.mark.parametrize("page", IN_BOTH_LANGUAGES)
def test_both_languages_have_the_same_commands(page: str) -> None:
    blocks = [
        re.findall(r"```(?:bash|console|pdb)\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
        for name in (f"{page}.md", f"{page}.zh-CN.md")
    ]

    assert blocks[0] == blocks[1]


def test_the_data_path_names_files_in_the_order_a_message_passes_them() -> None:
    text = (ROOT / "docs/data-path.md").read_text()
    rooms = [match.group(1).removeprefix("../").split("/")[0] for match in LINK.finditer(text)]

    assert rooms.index("device_agent") < rooms.index("streams") < len(rooms)
    assert rooms[-1] in {"connectors", "device_agent"}
