"""What an owner grants an instance, and how it is refused the rest."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from plugins.grants import Grants, Warrant
from schemas.content import Text
from schemas.event import Chat, MessageReceived, Sender
from schemas.failure import BadRequest, Denied


def _event() -> MessageReceived:
    return MessageReceived(
        event_id="e1",
        channel="wechat",
        account="shop",
        observed_at=datetime(2026, 1, 1, tzinfo=UTC),
        chat=Chat(chat_id="c1", title="小王"),
        sender=Sender(name="小王"),
        content=Text(text="hi"),
    )


def _warrant(**granted: object) -> Warrant:
    return Warrant("weather", Grants.model_validate(granted))


def test_the_chat_of_the_event_needs_no_grant() -> None:
    Warrant("echo").may_send(_event(), "wechat", "shop", "c1")


@pytest.mark.parametrize(
    ("chats", "channel", "account", "chat_id", "may"),
    [
        ([], "wechat", "shop", "c2", False),
        (["c2"], "wechat", "shop", "c2", True),
        (["c2"], "wechat", "home", "c2", False),
        (["c2"], "wechat", "shop", "c3", False),
        (["*"], "wechat", "shop", "c3", True),
        (["*"], "wechat", "home", "c1", False),
        (["webhook:shop:*"], "webhook", "shop", "c1", True),
        (["webhook:shop:*"], "webhook", "other", "c1", False),
        (["*:*:*"], "feishu", "x", "y", True),
    ],
)
def test_other_chats_are_written_to_by_grant(
    chats: list[str], channel: str, account: str, chat_id: str, *, may: bool
) -> None:
    warrant = _warrant(chats=chats)
    if may:
        warrant.may_send(_event(), channel, account, chat_id)
        return
    with pytest.raises(Denied):
        warrant.may_send(_event(), channel, account, chat_id)


@pytest.mark.parametrize(
    ("hosts", "url", "may"),
    [
        (["api.test"], "https://api.test/x?y=1", True),
        (["api.test"], "http://API.test/", True),
        (["api.test"], "https://api.test:8443/", False),
        (["api.test:8443"], "https://api.test:8443/", True),
        (["api.test:443"], "https://api.test/", True),
        (["*.test"], "https://a.b.test/", True),
        (["*.test"], "https://test/", False),
        (["api.test"], "https://evil.test/?api.test", False),
        (["api.test"], "https://api.test@evil.test/", False),
        (["api.test"], "https://evil-api.test/", False),
        (["[::1]:80"], "http://[::1]/", True),
        (["*"], "http://anything:9/", True),
        ([], "http://127.0.0.1/", False),
    ],
)
def test_hosts_are_called_by_grant(hosts: list[str], url: str, *, may: bool) -> None:
    warrant = _warrant(http=hosts)
    if may:
        warrant.may_ask(url)
        return
    with pytest.raises(Denied):
        warrant.may_ask(url)


def test_what_is_no_url_is_no_matter_of_grants() -> None:
    with pytest.raises(BadRequest):
        Warrant("weather").may_ask("http://[half")


def test_a_refusal_says_what_to_write_where_and_tells_no_secret_of_the_url() -> None:
    with pytest.raises(Denied) as caught:
        Warrant("weather").may_ask("https://u:p@api.test:8443/x?key=s3cret")
    assert str(caught.value) == (
        "weather may not use api.test:8443 (http). Its owner may grant it in instances.toml: "
        '[weather.grants] http = ["api.test:8443"]'
    )
    assert (caught.value.capability, caught.value.target) == ("http", "api.test:8443")


def test_a_language_model_is_granted_with_a_bound_or_without() -> None:
    with pytest.raises(Denied):
        Warrant("assistant").may_think()
    assert _warrant(llm=True).may_think("any").tokens_per_day is None
    bounded = _warrant(llm={"tokens_per_day": 5, "models": ["small"]})
    assert bounded.may_think("small").tokens_per_day == 5
    with pytest.raises(Denied):
        bounded.may_think("large")
    with pytest.raises(Denied):
        _warrant(llm=False).may_think()


def test_databases_timers_and_the_owners_deeds_are_granted_by_name() -> None:
    nothing, all_of_it = Warrant("x"), Warrant("x", Grants.everything())
    for warrant, database in ((nothing, "shop"), (_warrant(database=["shop"]), "other")):
        with pytest.raises(Denied):
            warrant.may_query(database)
    _warrant(database=["shop"]).may_query("shop")
    all_of_it.may_query("any")
    for refused in (nothing.may_schedule, nothing.may_operate):
        with pytest.raises(Denied):
            refused()
    all_of_it.may_schedule()
    all_of_it.may_operate()


@pytest.mark.parametrize(
    ("granted", "wanted", "holds"),
    [
        ({}, "llm", False),
        ({"llm": True}, "llm", True),
        ({"llm": {"models": ["a"]}}, "llm:b", False),
        ({"http": ["a.test"]}, "http", True),
        ({"http": ["a.test"]}, "http:a.test", True),
        ({"http": ["*.test"]}, "http:a.test", True),
        ({"http": ["a.test:81"]}, "http:a.test:81", True),
        ({"http": ["a.test"]}, "http:b.test", False),
        ({"chats": ["*"]}, "chats", True),
        ({"schedule": True}, "schedule", True),
        ({}, "operate", False),
        ({"database": ["shop"]}, "database:shop", True),
    ],
)
def test_what_a_manifest_wants_is_compared_with_the_grants(
    granted: dict[str, object], wanted: str, *, holds: bool
) -> None:
    assert Grants.model_validate(granted).holds(wanted) is holds


def test_a_url_in_place_of_a_host_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="is no host"):
        Grants(http=("https://api.test/",))
