"""Routes that are promised and not built yet: they say so with 501."""

from fastapi import APIRouter

from connectors.api.problem import Problem

RESOURCES = (
    "events",
    "status",
    "dlq",
    "replays",
    "plugins",
    "keys",
)
OFFICES = ("feishu", "dingtalk", "wecom")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

router = APIRouter(include_in_schema=False)


async def _unbuilt() -> None:
    raise Problem(501, "This is planned and not built yet; /openapi.json lists what there is.")


for _resource in RESOURCES:
    router.add_api_route(f"/v1/{_resource}", _unbuilt, methods=_METHODS)
    router.add_api_route(f"/v1/{_resource}/{{rest:path}}", _unbuilt, methods=_METHODS)
for _office in OFFICES:
    router.add_api_route(f"/hooks/{_office}/{{name}}", _unbuilt, methods=_METHODS)
