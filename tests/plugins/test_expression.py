"""Expressions that people wrote hold no worker up, and mean what they mean to Python."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.expression import Expression, SlowExpression

_USUAL = [
    r"订单\s*(\d+)",
    "^/?(退款|refund)",
    "a|b|",
    "(?i)price",
    "[一-龥]{2,4}店",
    r"(?P<n>\w+)!$",
]


def test_an_expression_that_explodes_is_stopped_and_named() -> None:
    slow = Expression.of("(a|aa)+$")
    with pytest.raises(SlowExpression, match=re.escape("'(a|aa)+$' takes over 0.2 s")):
        slow.search("a" * 80 + "b")


@given(st.sampled_from(_USUAL), st.text("订单 0123退款refundPRICE店!ab张三", max_size=20))
def test_it_finds_what_re_finds(written: str, text: str) -> None:
    theirs, ours = re.search(written, text), Expression.of(written).search(text)
    assert (theirs and (theirs.span(), theirs.groups())) == (ours and (ours.span(), ours.groups()))


@pytest.mark.parametrize("flags", [re.IGNORECASE, re.MULTILINE, re.DOTALL, re.VERBOSE, re.ASCII])
def test_the_flags_of_a_compiled_one_count(flags: re.RegexFlag) -> None:
    for text in ("A\nb", "a b", "é", "x\ny"):
        for written in ("a", "^b", "x.y", r"^\w$", "a b"):
            theirs = re.compile(written, flags)
            ours = Expression.of(theirs).search(text)
            assert bool(theirs.search(text)) == bool(ours)


def test_what_is_no_expression_is_refused_as_python_does() -> None:
    with pytest.raises(re.error, match="unterminated"):
        Expression.of("(a")
