"""What a run hears from outside, and how a re-run hears it again."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.http import HttpAnswer, HttpRequest, redacted_url
from plugins.journal import Journal, JournalMiss
from schemas.failure import BadRequest, DependencyDown, Failure, Retryable, Throttled

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
def test_any_url_is_redacted_without_a_word(url: str) -> None:
    try:
        redacted_url(url)
    except ValueError:
        pytest.skip("no URL at all")
