"""What a run hears from outside, and how a re-run hears it again."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.http import HttpAnswer, HttpRequest, redacted_url
from plugins.journal import Journal, JournalMiss
from schemas.failure import BadRequest, DependencyDown, Failure, Retryable, Throttled
from schemas.run import Call

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


async def _asked(journal: Journal, name: str, answer: Any) -> Any:
    async def ask() -> Any:
        if isinstance(answer, Failure):
            raise answer
        return answer

    return await journal.call(name, {"q": name}, ask)


async def _never() -> Any:
    raise AssertionError("it was asked again")


@given(answers=st.lists(JSON, max_size=6))
async def test_a_re_run_is_told_what_the_first_run_heard(answers: list[Any]) -> None:
    first = Journal()
    heard = [await _asked(first, f"n{n}", answer) for n, answer in enumerate(answers)]
    again = Journal(first.calls, strict=True)
    told = [await again.call(f"n{n}", {"q": f"n{n}"}, _never) for n in range(len(answers))]
    assert told == heard == answers
    assert again.calls == first.calls


@pytest.mark.parametrize(
    "failure",
    [
        Throttled("slow", timedelta(seconds=7)),
        DependencyDown("away"),
        BadRequest("no"),
        Retryable("x"),
    ],
)
async def test_a_failure_is_told_again_but_the_one_that_ended_the_run_is_asked_anew(
    failure: Failure,
) -> None:
    first = Journal()
    await _asked(first, "good", 1)
    with pytest.raises(type(failure)):
        await _asked(first, "bad", failure)
    replayed = Journal(first.calls, strict=True)
    assert await replayed.call("good", {"q": "good"}, _never) == 1
    with pytest.raises(type(failure), match=str(failure)) as told:
        await replayed.call("bad", {"q": "bad"}, _never)
    if isinstance(failure, Throttled):
        assert told.value.retry_after == failure.retry_after
    retried = Journal(first.kept)
    assert await retried.call("good", {"q": "good"}, _never) == 1
    assert await _asked(retried, "bad", 2) == 2


async def test_a_run_that_asks_something_else_goes_on_by_itself_or_stops_when_strict() -> None:
    first = Journal()
    for name in ("a", "b", "c"):
        await _asked(first, name, name)
    changed = Journal(first.calls)
    assert await changed.call("a", {"q": "a"}, _never) == "a"
    assert await _asked(changed, "x", "new") == "new"
    assert await _asked(changed, "c", "asked again") == "asked again"
    strict = Journal(first.calls, strict=True)
    await strict.call("a", {"q": "a"}, _never)
    with pytest.raises(JournalMiss, match="was told"):
        await strict.call("x", {"q": "x"}, _never)
    ended = Journal((), strict=True)
    with pytest.raises(JournalMiss, match="never told"):
        await ended.call("a", {}, _never)


def test_secrets_never_reach_the_journal() -> None:
    asked = HttpRequest(
        "GET",
        "https://user:pass@host/p?q=1&api_key=abc&X-Sign=zzz",
        {"Authorization": "Bearer s3cret", "X-Api-Key": "k", "Accept": "x"},
    )
    told = str(asked.redacted())
    for secret in ("pass", "abc", "zzz", "s3cret", "'k'"):
        assert secret not in told
    assert "q=1" in told
    answer = HttpAnswer(200, {"set-cookie": "id=1"}, b"\xff\x00")
    assert "id=1" not in str(answer.told())


@given(st.text(max_size=40))
def test_any_text_is_redacted_or_refused_as_no_url(url: str) -> None:
    with contextlib.suppress(BadRequest):
        redacted_url(url)


@pytest.mark.parametrize("url", ["http://[s3cret", "http://s3cret]/", "http://[::s3cret]/"])
def test_what_is_no_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(BadRequest) as refused:
        redacted_url(url)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None, "which is what a dead letter would tell"


async def test_calls_side_by_side_are_told_again_whichever_was_answered_first() -> None:
    first, gate = Journal(), asyncio.Event()

    async def late() -> str:
        await gate.wait()
        return "late"

    async def early() -> str:
        gate.set()
        return "early"

    heard = await asyncio.gather(first.call("a", 1, late), first.call("b", 2, early))
    again = Journal(first.calls, strict=True)
    told = await asyncio.gather(again.call("a", 1, _never), again.call("b", 2, _never))
    assert told == heard == ["late", "early"]


async def test_a_call_that_was_given_up_is_asked_anew_and_those_after_it_are_told() -> None:
    first = Journal()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await first.call("slow", 1, asyncio.Event().wait)
    await _asked(first, "good", 1)
    retried = Journal(first.kept)
    assert await retried.call("slow", 1, _answer) == "answer"
    assert await retried.call("good", {"q": "good"}, _never) == 1
    replayed = Journal(first.calls, strict=True)
    with pytest.raises(JournalMiss, match="no answer"):
        await replayed.call("slow", 1, _never)


async def _answer() -> str:
    return "answer"


@pytest.mark.parametrize("failure", [Throttled("slow", timedelta(seconds=7)), DependencyDown("x")])
async def test_what_may_pass_is_asked_anew_unless_it_led_to_a_part_that_was_sent(
    failure: Failure,
) -> None:
    first = Journal()
    with pytest.raises(type(failure)):
        await _asked(first, "bad", failure)
    await _asked(first, "told somebody", 1)
    retried = Journal(first.kept, settled=0)
    assert await _asked(retried, "bad", 2) == 2
    assert retried.asked == 1
    assert await retried.call("told somebody", {"q": "told somebody"}, _never) == 1
    assert retried.asked == 1
    settled = Journal(first.kept, settled=1)
    with pytest.raises(type(failure)):
        await settled.call("bad", {"q": "bad"}, _never)


async def test_what_is_asked_is_known_again_as_json_gives_it_back() -> None:
    first = Journal()
    asked = {"at": datetime(2026, 11, 25, tzinfo=UTC), "pair": (1, 2)}
    await first.call("a", asked, _answer)
    stored = [Call.model_validate(orjson.loads(orjson.dumps(c.model_dump()))) for c in first.calls]
    assert await Journal(stored).call("a", asked, _never) == "answer"
    with pytest.raises(TypeError):
        await first.call("b", object(), _answer)


async def test_half_a_character_in_a_failure_can_be_stored() -> None:
    journal = Journal()
    with pytest.raises(Retryable):
        await _asked(journal, "bad", Retryable("half \ud800"))
    assert orjson.dumps([call.model_dump(mode="json") for call in journal.calls])


def test_a_body_with_nul_is_told_as_it_was() -> None:
    told = HttpAnswer(200, {}, b"a\x00b").told()
    assert "\x00" not in str(told)
    assert told["body"] == {"base64": "YQBi"}


def test_secrets_in_headers_of_whatever_name_never_reach_the_journal() -> None:
    names = ("X-Auth-Token", "X-Goog-Api-Key", "Private-Token", "X-Signature", "apikey")
    told = HttpRequest("GET", "http://x", dict.fromkeys(names, "s3cret")).redacted()
    assert "s3cret" not in str(told)


def test_secrets_in_bodies_never_reach_the_journal() -> None:
    said = {"app_secret": "s3cret", "in": [{"accessToken": "s3cret"}], "max_tokens": 9, "q": "cats"}
    for body in (orjson.dumps(said), b"grant_type=x&client_secret=s3cret&password=s3cret"):
        told = HttpRequest("POST", "http://x", {}, body).redacted()["body"]
        assert "s3cret" not in told
    assert (
        '"max_tokens":9'
        in HttpRequest("POST", "http://x", {}, orjson.dumps(said)).redacted()["body"]
    )
    inside = orjson.dumps({"password": 61627, "token": {"is": "s3cret"}, "has_token": True})
    told = HttpRequest("POST", "http://x", {}, inside).redacted()["body"]
    assert orjson.loads(told) == {"password": "***", "token": "***", "has_token": True}
    plain = HttpRequest("POST", "http://x", {}, b"a=1 and b = 2").redacted()["body"]
    assert plain == "a=1 and b = 2"
