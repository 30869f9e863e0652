"""`/v1/webhooks`: accounts of the channel `webhook`, and where their messages are posted."""

import asyncio
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from connectors.api.bearer import Caller
from connectors.api.footing import Footing, OnFooting
from connectors.api.problem import PROBLEMS, Problem, away
from connectors.kafka import Broker
from connectors.topic_setup import TopicsDiffer, ensure_topics, wanted_topics
from connectors.webhooks import letter
from connectors.webhooks.deliveries import DeliveryStore
from connectors.webhooks.endpoint import CHANNEL, Endpoint, EndpointStore
from connectors.webhooks.guard import check_url, judged, networks
from connectors.webhooks.resolver import Resolver
from schemas.failure import BadRequest, DependencyDown
from schemas.model import Slug

_LOOK_UP = 3.0  # seconds for a host's address; one that has none yet is taken
_TOPICS = 8.0  # seconds for the broker to make topics

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=PROBLEMS)


def _url(url: str) -> str:
    try:
        check_url(url)
    except BadRequest as error:
        raise ValueError(str(error)) from error
    return url


def _secret(secret: str) -> str:
    try:
        letter.check_secret(secret)
    except BadRequest as error:
        raise ValueError(str(error)) from error
    return secret


Url = Annotated[str, AfterValidator(_url)]
Secret = Annotated[str, AfterValidator(_secret)]


class WebhookRequest(BaseModel):
    """A new account and its endpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Slug
    url: Url = Field(examples=["https://crm.example.com/hongyan"])
    secret: Secret | None = Field(
        default=None, description="whsec_… to sign with; absent: one is made"
    )
    about: str = Field(default="", max_length=500)


class WebhookChange(BaseModel):
    """What is given is changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Url | None = None
    about: str | None = Field(default=None, max_length=500)
    enabled: bool | None = None


class WebhookShown(BaseModel):
    """An endpoint without what is secret, its URL's path included."""

    account: str
    origin: str = Field(description="the URL's scheme and host")
    about: str
    created_at: datetime | None
    enabled: bool
    disabled_for: str | None = Field(description="gone: it answered 410")
    paused_until: datetime | None = Field(description="its receiver asked for patience till then")
    waiting: int = Field(description="messages on their way there")


class WebhookMade(WebhookShown):
    """With both secrets, which are shown this once."""

    secret: str = Field(description="verifies what is posted to the URL")
    hook_secret: str = Field(description="signs what is posted to /hooks/generic/{account}")


class WebhookList(BaseModel):
    """By account."""

    items: list[WebhookShown]


@router.post("", status_code=201, summary="Add a webhook account")
async def add_webhook(
    asked: WebhookRequest, footing: OnFooting, caller: Caller, response: Response
) -> WebhookMade:
    """Its topics are made; what is sent to `webhook:ACCOUNT` is posted to the URL, signed."""
    if asked.account in footing.settings.hook_secrets:
        raise Problem(409, "The hook_secrets of the settings have this name; use another.")
    await _check(footing, asked.url)
    await _make_topics(footing, asked.account)
    secret = asked.secret or letter.new_secret()
    endpoint = Endpoint(asked.account, asked.url, secret, asked.about)
    if not await _store(footing).add(endpoint):
        raise Problem(409, "There is a webhook account of this name; DELETE or PATCH it.")
    response.headers["Location"] = f"/v1/webhooks/{asked.account}"
    return await _made(footing, asked.account)


@router.get("", summary="List webhook accounts")
async def list_webhooks(footing: OnFooting, caller: Caller) -> WebhookList:
    """All of them, without their secrets."""
    waiting = await _waiting(footing)
    return WebhookList(
        items=[_shown(one, waiting.get(one.account, 0)) for one in await _store(footing).all()]
    )


@router.get("/{account}", summary="Show a webhook account")
async def show_webhook(account: Slug, footing: OnFooting, caller: Caller) -> WebhookShown:
    """Without its secrets."""
    waiting = await _waiting(footing)
    return _shown(await _one(footing, account), waiting.get(account, 0))


@router.patch("/{account}", summary="Change a webhook account")
async def change_webhook(
    account: Slug, asked: WebhookChange, footing: OnFooting, caller: Caller
) -> WebhookShown:
    """`enabled: true` also takes one back into use that answered 410. With it or a `url`, what
    waits is tried at once.
    """
    await _one(footing, account)
    values: dict[str, object] = {}
    if asked.url is not None:
        await _check(footing, asked.url)
        values["url"] = asked.url
    if asked.about is not None:
        values["about"] = asked.about
    if asked.enabled is not None:
        off = None if asked.enabled else footing.clock()
        values |= {"disabled_at": off, "disabled_for": None if asked.enabled else "by a person"}
    mended = asked.enabled or asked.url is not None
    if mended:
        values["paused_until"] = None
    if values:
        await _store(footing).change(account, **values)
    if mended:
        await _deliveries(footing).hurry(account, footing.clock())
    return await show_webhook(account, footing, caller)


@router.post("/{account}/rotate", summary="Replace a webhook account's secrets")
async def rotate_webhook(account: Slug, footing: OnFooting, caller: Caller) -> WebhookMade:
    """The old ones still count beside the new ones for a day."""
    await _one(footing, account)
    await _store(footing).rotate(account, letter.new_secret(), footing.clock())
    return await _made(footing, account)


@router.delete("/{account}", status_code=204, summary="Remove a webhook account")
async def remove_webhook(account: Slug, footing: OnFooting, caller: Caller) -> None:
    """What is on its way there becomes dead letters; its topics stay."""
    if not await _store(footing).remove(account):
        raise _unknown()
    await _deliveries(footing).hurry(account, footing.clock())  # to its end


async def _check(footing: Footing, url: str) -> None:
    """Refuse what the relay would refuse; a host without an address may get one later."""
    try:
        async with asyncio.timeout(_LOOK_UP):
            await judged(url, networks(footing.settings.webhook_networks), Resolver())
    except BadRequest as error:
        raise Problem(422, f"url: {error}.") from error
    except (DependencyDown, TimeoutError):
        return


async def _make_topics(footing: Footing, account: str) -> None:
    settings = footing.settings
    wanted = wanted_topics(settings.topic_prefix, settings.chat_partitions, ((CHANNEL, account),))
    own = [topic for topic in wanted if f".{CHANNEL}.{account}." in topic.name]
    try:
        async with asyncio.timeout(_TOPICS):
            await ensure_topics(Broker(settings.kafka), own, replication=settings.replication)
    except TimeoutError as error:
        raise away("The broker is away, nothing was made; try again shortly.") from error
    except TopicsDiffer as error:
        raise Problem(409, str(error)) from error


def _store(footing: Footing) -> EndpointStore:
    return EndpointStore(footing.engine, footing.settings.topic_prefix)


def _deliveries(footing: Footing) -> DeliveryStore:
    return DeliveryStore(footing.engine, footing.settings.topic_prefix, "api")


async def _waiting(footing: Footing) -> dict[str, int]:
    return await _deliveries(footing).waiting()


async def _one(footing: Footing, account: str) -> Endpoint:
    found = await _store(footing).find(account)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> Problem:
    return Problem(404, "There is no such webhook account; GET /v1/webhooks lists them.")


async def _made(footing: Footing, account: str) -> WebhookMade:
    endpoint = await _one(footing, account)
    shown = _shown(endpoint, (await _waiting(footing)).get(account, 0))
    return WebhookMade(
        **shown.model_dump(),
        secret=endpoint.secret,
        hook_secret=letter.hook_secret(endpoint.secret),
    )


def _shown(endpoint: Endpoint, waiting: int) -> WebhookShown:
    parts = urlsplit(endpoint.url)
    return WebhookShown(
        account=endpoint.account,
        origin=f"{parts.scheme}://{parts.netloc}",
        about=endpoint.about,
        created_at=endpoint.created_at,
        enabled=endpoint.disabled_at is None,
        disabled_for=endpoint.disabled_for,
        paused_until=endpoint.paused_until,
        waiting=waiting,
    )
