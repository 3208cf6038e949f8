"""What must come of releases, and what counts as wrong."""

from __future__ import annotations

import io

import msgspec
import pytest

from aright.drill.fraud.conductor import Followed, Told
from aright.drill.fraud.gate import Gated, _read
from aright.drill.fraud.ledger import is_chained
from aright.drill.fraud.narrating import Teller
from aright.drill.fraud.outcome import Truth, judge, stopped_at
from aright.drill.fraud.payers import Payers, Served
from aright.drill.fraud.plan import Fault, Link, Nature, make_plan
from aright.drill.narrator import PlainNarrator
from aright.drill.oncall import Notes
from aright.drill.times import MINUTE, SECOND
from aright.drill.views import LineView, ReleaseView
from tests.unit.drill.outcomes import pager, played, wrong

PLAN = make_plan(2, Fault.ALL)
AT = PLAN.start + 10 * MINUTE
OPEN = Gated(closed=False, report={})
CLOSED = Gated(closed=True, report={}, failed=("memory",), said=("memory: it grows",))


class Decided(Payers):
    """Payers of whom only is known how rightly payments were decided."""

    after = 0.96

    def served(self, start: int, end: int) -> Served:
        return Served(1_000, 0.96 if end <= AT else self.after)

    def decided_by(self, version: str, start: int, end: int) -> Served:
        del start, end
        return Served(200, 0.7 if version == "7" else 0.95)


def release(state="rolled_back", stage="canary", share=0.05, **told):
    kept = {
        "key": "REL-1",
        "version": "2",
        "stable": "1",
        "state": state,
        "started_at": AT,
        "ended_at": AT + 3 * MINUTE,
        "outcome": "it was seen",
        "looks": [{"at": AT, "stage": stage, "call": "roll_back", "reason": "r"}] if stage else [],
        "share": share,
        "shares": [(AT, share)],
    }
    return msgspec.convert(kept | told, ReleaseView)


def come(coming):
    """What came of a release that went as it should."""
    wanted = coming.stopped_at
    if coming.forced:
        return Told(coming=coming, gate=CLOSED, at=AT, release=release(stage="verifying", share=0.0))
    if wanted is Link.GATE:
        return Told(coming=coming, gate=CLOSED, at=AT)
    if wanted is None:
        return Told(coming=coming, gate=OPEN, at=AT, release=release("promoted", "", 0.5))
    return Told(coming=coming, gate=OPEN, at=AT, release=release(stage=wanted.value))


def result(told, payers=None, slowest=0.2):
    truth = Truth(
        plan=PLAN,
        payers=payers or Decided(PLAN),
        told=tuple(told),
        followed=Followed(slowest=slowest),
        router="HAProxy",
        played=played(AT + 20 * MINUTE),
    )
    return judge(truth, Notes(), pager(0))


def changed(nature, **new):
    """All as it should be, but for one release."""
    told = [come(one) for one in PLAN.releases]
    place = next(k for k, one in enumerate(told) if one.coming.nature is nature)
    for name, value in new.items():
        setattr(told[place], name, value)
    return told


def test_all_is_right_where_each_bad_one_was_stopped_and_the_good_one_let_through():
    found = result([come(one) for one in PLAN.releases])
    assert wrong(found) == []
    assert [one.stopped_at for one in found.facts.releases] == [
        one.stopped_at.value if one.stopped_at else "" for one in PLAN.releases
    ]
    assert found.facts.right_during == 0.7
    assert found.facts.releases[-1].harmed == 60


@pytest.mark.parametrize(
    ("nature", "new", "names"),
    [
        (Nature.SEGMENT, {"release": release("promoted", "", 0.5)}, ["stopped at", "ended"]),
        (Nature.SEGMENT, {"release": release(share=1.0)}, ["served to at most"]),
        (Nature.UNITS, {"chained": False}, ["ledger chained"]),
        (Nature.GOOD, {"release": release()}, ["stopped at", "ended"]),
        (Nature.GOOD, {"release": release("canary", "", ended_at=0)}, ["ended"]),
        (Nature.LEAK, {"gate": OPEN, "release": release()}, ["stopped at"]),
        (Nature.LABELS, {"gate": OPEN}, ["kept by the gate"]),
        (
            Nature.LABELS,
            {"release": release(stage="verifying", ended_at=AT + 11 * MINUTE)},
            ["put back after s"],
        ),
    ],
)
def test_what_came_otherwise_is_wrong(nature, new, names):
    of = next(one.version for one in PLAN.releases if one.nature is nature)
    prefix = f"version {of} ({nature.value}) "
    assert [name.removeprefix(prefix) for name in wrong(result(changed(nature, **new)))] == names


def test_a_release_that_was_never_begun_is_wrong():
    assert "releases" in wrong(result([come(one) for one in PLAN.releases[:-1]]))


def test_quality_must_come_back_and_aliases_be_followed():
    payers = Decided(PLAN)
    payers.after = 0.7
    found = wrong(result([come(one) for one in PLAN.releases], payers, slowest=5.0))
    assert found == ["an alias followed after wall s", "decisions restored"]


def test_where_it_was_stopped_is_read_off_the_last_look():
    coming = PLAN.releases[0]
    assert stopped_at(Told(coming=coming, gate=OPEN, at=AT, release=release(stage="shadow"))) is Link.SHADOW
    by_hand = Told(coming=coming, gate=OPEN, at=AT, release=release(stage=""))
    assert stopped_at(by_hand) is None


def test_each_thing_is_told_once():
    out = io.StringIO()
    teller, narrator = Teller(), PlainNarrator(out)
    told = [come(one) for one in PLAN.releases]
    for _ in range(2):
        teller.tell(told, AT, narrator)
    said = out.getvalue()
    assert said.count("the gate is closed: memory: it grows") == 3
    assert said.count("the gate is open") == 3
    assert said.count("forces version 7") == 1
    told[0].release = release("canary", "canary", ended_at=0, share=0.05)
    teller.tell(told, AT, narrator)
    assert "REL-1: canary with 5% of the cards: r" in out.getvalue()


def test_a_gates_report_is_read():
    checks = [
        {"name": "a", "state": "passed", "text": "t"},
        {"name": "b", "state": "failed", "text": "u"},
    ]
    content = msgspec.json.encode({"closed": True, "checks": checks})
    gated = _read(content, 1.5)
    assert (gated.closed, gated.failed, gated.said) == (True, ("b",), ("b: u",))
    assert gated.report["closed"] is True


def test_a_ledger_that_was_touched_is_not_chained():
    line = LineView("REL-1", 1, SECOND, "begun", "It begins.", "aright", True, (), "", "")
    digest = "8a5a" * 16
    assert not is_chained([msgspec.structs.replace(line, hash=digest)])
    assert not is_chained([msgspec.structs.replace(line, number=2)])
