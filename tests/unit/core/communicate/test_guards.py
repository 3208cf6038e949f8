"""The language of guards: what it can say, and that it can do nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.communicate.guards import Facts, GuardError, judge_guard, read_guard

FACTS = Facts(
    values={
        "severity": 2.0,
        "tier": 1.0,
        "minutes_open": 31.5,
        "state": "triaged",
        "verdict": None,
        "cause": "model_version",
        "type": "llm",
        "service": "shop",
        "acknowledged": True,
        "mitigated": False,
        "restricted": False,
    },
    held=frozenset({"commander"}),
    steps={"look": "done", "try": "failed", "wait": "skipped"},
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("severity <= 2", True),
        ("severity < 2", False),
        ("severity == 2 and tier != 2", True),
        ("severity > 2 or minutes_open >= 31.5", True),
        ("not acknowledged", False),
        ("not not acknowledged", True),
        ("acknowledged and not mitigated", True),
        ("state in ('triaged', \"mitigating\")", True),
        ("state in ('closed')", False),
        ('cause == "model_version"', True),
        ('"llm" == type', True),
        ('held("commander") and not held("scribe")', True),
        ('done("look") and failed("try") and skipped("wait")', True),
        ('done("other")', False),
        ("(severity == 3 or severity == 2) and true", True),
        ("false or restricted", False),
        ("acknowledged == true", True),
        ('verdict == "confirmed"', False),
        ('not (verdict == "confirmed")', False),
        ('verdict == "confirmed" or severity == 2', True),
        ('verdict == "confirmed" and severity == 3', False),
    ],
)
def test_guards_are_judged_by_facts(text, holds):
    assert judge_guard(read_guard(text), FACTS).holds is holds


def test_what_is_not_known_makes_no_guard_hold_and_is_told():
    said = judge_guard(read_guard('verdict == "confirmed"'), FACTS)
    assert said.text == 'verdict == "confirmed" cannot be judged: verdict is not known yet'
    told = judge_guard(read_guard('acknowledged and severity < 2 and done("look")'), FACTS)
    assert told.text == (
        'acknowledged and severity < 2 and done("look") does not hold: '
        "acknowledged is so, severity is 2, step look is done"
    )
    assert judge_guard(read_guard("mitigated == false"), FACTS).text.endswith("holds: mitigated is not so")
    assert judge_guard(read_guard("true"), FACTS).text == "true holds"
    assert "state is triaged" in judge_guard(read_guard("state != 'closed'"), FACTS).text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the guard is empty"),
        ("x" * 301, "301 characters"),
        ("severity", "a guard wants a yes or no, not severity (a number)"),
        ("not severity", "not wants a yes or no"),
        ("severity and true", "and wants a yes or no"),
        ("severity == 'one'", "severity (a number) cannot be compared with a text"),
        ("state < 'closed'", "state (a text) has no order"),
        ("acknowledged > mitigated", "has no order"),
        ("state == 'asleep'", "state is never 'asleep': it is one of declared"),
        ("'sure' == verdict", "verdict is never 'sure'"),
        ("cause in ('model_version', 'aliens')", "cause is never 'aliens'"),
        ("sevrity == 1", "there is no fact 'sevrity': ask for one of severity"),
        ("open('x')", "there is no fact 'open'"),
        ("held('boss')", "there is no role 'boss'"),
        ("held(1)", 'held takes one text: write held("…")'),
        ("held(", "held takes one text"),
        ("done('a', 'b')", "done takes one text"),
        ("severity ==", "the guard stops too early"),
        ("severity == 1 tier == 1", "nothing may follow before 'tier'"),
        ("severity == )", "')' cannot stand there"),
        ("(severity == 1", "a parenthesis is not closed"),
        ("state in 'closed'", "after in comes a list"),
        ("state in ('closed'", "the list is not closed"),
        ("severity == 1 ; import os", "cannot be read"),
        ("service.__class__ == 'x'", "cannot be read"),
        ("(" * 40 + "true" + ")" * 40, "nested deeper than 20"),
        ("not " * 40 + "true", "nested deeper than 20"),
    ],
)
def test_what_cannot_be_a_guard_is_told_with_what_to_write(text, told):
    with pytest.raises(GuardError) as wrong:
        read_guard(text)
    assert told in str(wrong.value)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "severity",
                    "state",
                    "(",
                    ")",
                    "and",
                    "or",
                    "not",
                    "in",
                    "==",
                    "<",
                    "1",
                    "'x'",
                    ",",
                    "held",
                    "true",
                ]
            ),
            max_size=14,
        ).map(" ".join),
    )
)
def test_any_text_is_a_guard_or_told_why_not(text):
    try:
        guard = read_guard(text)
    except GuardError as wrong:
        told = str(wrong)
        assert told
    else:
        assert judge_guard(guard, FACTS).holds in {True, False}
        assert judge_guard(guard, Facts()).holds in {True, False}
