"""A plugin's code from a folder, or as it was at a commit."""

import subprocess
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.failure import BadRequest

if TYPE_CHECKING:
    from plugins.plugin import Plugin


def plugin_at(name: str, where: str) -> "Plugin":
    """The plugin in the folder `where`, or of `plugins/<name>` at the git reference `where`.

    Raises:
        BadRequest: neither is there.
        PluginProblem: it is there and cannot be loaded.

    """
    from plugins.loader import load_plugin

    folder = Path(where)
    if folder.is_dir():
        return load_plugin(folder)
    place = f"plugins/{name}"
    archived = subprocess.run(
        ["git", "archive", "--format=tar", where, "--", place],
        capture_output=True,
        check=False,
    )
    if archived.returncode != 0:
        said = archived.stderr.decode(errors="replace").strip()
        raise BadRequest(f"{where!r} is no folder, and git has no {place} there: {said}")
    home = Path(tempfile.mkdtemp(prefix="hongyan-replay-"))
    with tarfile.open(fileobj=BytesIO(archived.stdout)) as tar:
        tar.extractall(home, filter="data")
    return load_plugin(home / place)
