"""The page's own files: read once, served with what keeps a browser from running anything else."""

import hashlib
from functools import lru_cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from device_agent.sim.failure import Refusal

INDEX = "index.html"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Names and texts come from anyone: nothing in them may run, load or be framed.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@lru_cache(maxsize=1)
def _files() -> dict[str, tuple[bytes, str, str]]:
    """The files by name, each with its type and its ETag."""
    folder = files("device_agent.sim.page").joinpath("static")
    found = {}
    for file in folder.iterdir():
        kind = _TYPES.get("." + file.name.rpartition(".")[2])
        if kind is not None:
            content = file.read_bytes()
            digest = hashlib.blake2b(content, digest_size=8).hexdigest()
            found[file.name] = (content, kind, f'"{digest}"')
    return found


def file_answer(request: Request, name: str) -> Response:
    """One of the page's files, or 304 for a browser that has it. Raises Refusal 404."""
    if name not in _files():
        raise Refusal(404, f"the page has no file `{name}`")
    content, kind, tag = _files()[name]
    headers = _HEADERS | {"ETag": tag}
    return unchanged(request, tag) or Response(content, headers=headers, media_type=kind)


def unchanged(request: Request, tag: str) -> Response | None:
    """The answer for a browser that already has what this ETag names; else None."""
    known = request.headers.get("if-none-match", "")
    if tag in [one.strip().removeprefix("W/") for one in known.split(",")]:
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": "no-cache"})
    return None
