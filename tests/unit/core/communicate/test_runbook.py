"""Runbooks: read from Markdown, held against an incident, gone through."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.communicate.going_through import changed, facts_of, fitting, judged, ticked
from aright.core.communicate.runbook import MOST_STEPS, read_runbook
from aright.core.model.command import Held, RunbookRun, StepRun
from aright.core.model.incident import Severity
from aright.core.model.runbook import Runbook
from aright.core.model.service import Service
from tests.unit.core.incident.making import START, attempt, diagnosis, in_place

FILE = """---
# what it is for
id: shop-down
title: "The shop is down"
severity: SEV1, 2
type: recommender, llm
service: shop
signal: quality:*, fallback_share
---
Some words that nobody ticks, with a [link](https://example.com).

- [a list of links](https://example.com)

```sh
- [ ] not a step: it stands in a block
```

## Look
- [ ] Take it on {#take role=commander guard="not acknowledged"}
- [x] Look at the scope {role=expert}
  Who is hit?

  Is it all of them?

### Put right

* [ ] Roll back {#back action=roll_back_model guard="done('take')" guard="severity <= 2"}
  Try it out first.
  ```run
  kubectl rollout undo deploy/shop
  kubectl rollout status deploy/shop
  ```
  Then wait.
"""


def test_a_runbook_is_read_with_its_head_sections_steps_and_commands():
    book, wrong = read_runbook(FILE, "shop.md")
    assert wrong == ()
    assert book is not None
    assert (book.id, book.title, book.severities) == ("shop-down", "The shop is down", (1, 2))
    assert (book.types, book.services) == (("recommender", "llm"), ("shop",))
    assert book.signals == ("quality:*", "fallback_share")
    assert (len(book.digest), book.source) == (64, "shop.md")
    take, look, back = book.steps
    assert (take.id, take.role, take.guards, take.section) == (
        "take",
        "commander",
        ("not acknowledged",),
        "Look",
    )
    assert (look.id, look.title, look.text) == (
        "look-at-the-scope",
        "Look at the scope",
        "Who is hit?\n\nIs it all of them?",
    )
    assert (back.action, back.section, back.guards) == (
        "roll_back_model",
        "Put right",
        ("done('take')", "severity <= 2"),
    )
    assert back.command == "kubectl rollout undo deploy/shop\nkubectl rollout status deploy/shop"
    assert back.text == "Try it out first.\nThen wait."
    assert FILE.splitlines()[back.line - 1].startswith("* [ ] Roll back")


def read(body: str, head: str = "id: a\ntitle: A\n") -> tuple[Runbook | None, list[str]]:
    book, wrong = read_runbook(f"---\n{head}---\n{body}", "a.md")
    return book, [str(finding) for finding in wrong]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("no steps", "a.md: it has no steps"),
        ("- []x", "a.md:5: the step is not written as one"),
        ("- [ ] A {#Big}", "a.md:5: the step's id 'Big'"),
        ("- [ ] ***", "a.md:5: the step's id ''"),
        ("- [ ] A\n- [ ] A", "a.md:6: the id 'a' is there twice"),
        ("- [ ] A {role=boss}", "a.md:5: role 'boss': there is none"),
        ("- [ ] A {colour=red}", "a.md:5: 'colour=red' in braces"),
        ("- [ ] A {role=scribe role=expert}", "a.md:5: role is there twice"),
        ('- [ ] A {guard="severity = 1"}', "a.md:5: guard 'severity = 1': "),
        ("- [ ] A {guard=\"done('b')\"}", "a.md:5: a guard asks for the step 'b'"),
        ("- [ ] A\n  ```run\n  x\n  ```\n  ```run\n  y\n  ```", "a.md:5: the step has two blocks to run"),
        ("- [ ] A\n  ```run\n  x", "a.md:5: a block to run has no end"),
        ("```\n- [ ] A", "a.md:5: a block of code has no end"),
        (f"- [ ] {'A' * 201}", "a.md:5: the title has 201 characters"),
        (f"- [ ] A\n  {'x' * 4_001}", "a.md:5: the text has 4,001 characters"),
        ("- [ ] A {" + " ".join(['guard="true"'] * 11) + "}", "a.md:5: 11 guards"),
        ("\n".join(f"- [ ] {n}" for n in range(MOST_STEPS + 3)), "there are more than 200 steps"),
    ],
)
def test_what_is_wrong_with_a_step_is_told_with_its_line(body, told):
    book, wrong = read(body)
    assert book is None
    assert any(told in finding for finding in wrong), wrong
    assert all(". " in finding for finding in wrong), "each says what to do"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("title: A\n", "a.md:1: it has no id"),
        ("id: A b\ntitle: A\n", "a.md:2: id 'A b'"),
        ("id: a\n", "a.md:1: it has no title"),
        ("id: a\nid: b\ntitle: A\n", "a.md:3: id is there twice"),
        ("id: a\ntitle: A\ncolour: red\n", "a.md:4: the head has 'colour'"),
        ("id: a\ntitle: A\njust words\n", "a.md:4: 'just words' is no key and value"),
        ("id: a\ntitle: A\nseverity: 5\n", "a.md:4: severity '5'"),
        ("id: a\ntitle: A\ntype: toaster\n", "a.md:4: type 'toaster'"),
    ],
)
def test_what_is_wrong_with_the_head_is_told_with_its_line(head, told):
    book, wrong = read("- [ ] A", head)
    assert book is None
    assert any(told in finding for finding in wrong), wrong


def test_a_file_without_a_head_or_with_too_much_is_no_runbook():
    assert "it has no head" in str(read_runbook("- [ ] A", "a.md")[1][0])
    assert any("it has no head" in str(finding) for finding in read_runbook("", "a.md")[1])
    assert any("the head has no end" in str(f) for f in read_runbook("---\nid: a\ntitle: A\n", "a.md")[1])
    assert "200,001 characters" in str(read_runbook("x" * 200_001, "a.md")[1][0])


def test_an_action_of_ones_own_is_only_a_warning():
    book, wrong = read("- [ ] A {action=restart}")
    assert book is not None
    assert "warning: action 'restart'" in wrong[0]


@settings(deadline=None, max_examples=200)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(
                [
                    "---",
                    "id: a",
                    "title: A",
                    '- [ ] A {#b guard="true"}',
                    "- [ ] B {role=",
                    "  text",
                    "  ```run",
                    "  ```",
                    "```",
                    "# H",
                    "- [",
                    "severity: 9",
                ]
            ),
            max_size=20,
        ).map("\n".join),
    )
)
def test_any_text_is_read_or_told_why_not(text):
    book, wrong = read_runbook(text, "a.md")
    assert (book is None) == any(finding.error for finding in wrong)
    assert all(finding.line <= len(text.splitlines()) + 1 for finding in wrong)


def book(**changes) -> Runbook:
    made = Runbook(id="a", title="A", digest="d")
    return msgspec.structs.replace(made, **changes)


SHOP = Service(key="shop", type="recommender", tier=1)


def test_runbooks_fit_by_level_type_service_and_signal_the_most_particular_first():
    sev1 = in_place(severity=Severity(level=1, score=1, arithmetic=""))
    books = [
        book(id="any"),
        book(id="type", types=("recommender",)),
        book(id="level", severities=(1,)),
        book(id="signal", signals=("quality:*",)),
        book(id="service", services=("shop",)),
        book(id="no-type", types=("llm",)),
        book(id="no-level", severities=(2,)),
        book(id="no-signal", signals=("latency",)),
        book(id="no-service", services=("chat",)),
    ]
    assert [found.id for found in fitting(books, sev1, SHOP)] == ["service", "signal", "level", "type", "any"]
    unjudged = fitting(books, in_place(), None)
    assert [found.id for found in unjudged] == ["service", "signal", "any"]


def test_facts_are_those_of_the_incident():
    led = in_place(
        severity=Severity(level=1, score=1, arithmetic=""),
        diagnosis=diagnosis(),
        roles=(Held(role="commander", person="ann", since=START),),
        acknowledged_by="ann",
        mitigations=(attempt("verified"),),
        mitigated_at=START,
        restricted_to=("ann",),
    )
    run = RunbookRun(
        key="INC-1/a",
        incident="INC-1",
        runbook="a",
        digest="d",
        started_at=START,
        steps=(StepRun(step="look", status="done", by="ann", at=START),),
    )
    facts = facts_of(led, SHOP, run, START + 90_000_000)
    assert facts.values == {
        "severity": 1.0,
        "tier": 1.0,
        "minutes_open": 1.5,
        "state": "declared",
        "verdict": "confirmed",
        "cause": "feature_source",
        "type": "recommender",
        "service": "shop",
        "acknowledged": True,
        "mitigated": True,
        "restricted": True,
    }
    assert facts.held == {"commander"}
    assert facts.steps == {"look": "done"}
    made, _ = read_runbook(FILE, "shop.md")
    assert made is not None
    assert [said.holds for said in judged(made.steps[2], facts)] == [False, True]


def test_the_last_word_on_a_step_counts_and_a_changed_file_is_seen():
    run = ticked(None, "INC-1", book(), StepRun(step="x", status="done", by="ann", at=1, text="y" * 9_000), 1)
    assert len(run.steps[0].text) == 4_000
    assert run.tag == "INC-1"
    assert not changed(None, book())
    assert not changed(run, book())
    assert changed(run, book(digest="e"))
    assert not changed(ticked(run, "INC-1", book(digest="e"), run.steps[0], 2), book(digest="e"))
