"""Silences over a service's own streams: held back, told in notices, and alarming once they are over."""

from __future__ import annotations

import msgspec
import pytest

from aright.core.incident.chain import verify_chain
from aright.core.model.message import Due
from aright.core.model.service import Service
from aright.core.model.silence import Muted, Silence, Weekly
from aright.core.model.times import DAY, MINUTE
from aright.core.page.silencing import parse_matcher
from aright.engine.alert_desk import put_maintenance
from aright.engine.muting import muted_now
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.quiet import quiet_spans
from aright.engine.respond import respond
from aright.engine.unmuting import unmute
from tests.unit.engine.failing_shop import ALERT, BREAKS, SERVICE, START, STEP, Plant, quick

END = BREAKS + 12


def silence(*matchers: str, end: int = START + END * STEP + 1) -> Silence:
    return Silence(
        key="SIL-1",
        matchers=tuple(parse_matcher(text) for text in matchers),
        starts_at=START,
        ends_at=end,
        author="ada",
        comment="a test",
        created_at=START,
    )


def test_harm_of_streams_is_held_back_and_alarms_when_the_silence_is_over():
    made = Plant(settings=quick())
    with made.state.transaction() as tx:
        tx.put_all([SERVICE, silence("service=shop")])
    for number in range(END):
        made.step(number)
        assert made.desk.incidents() == []
    with made.state.transaction() as tx:
        held = tx.list(Muted, tag="open")
        assert muted_now(tx) == {"shop"}
    assert held
    muted = [notice.muted for notice in made.desk.notices() if notice.muted]
    assert muted
    assert all(text.startswith("silenced by SIL-1 of ada (a test) until ") for text in muted)
    for number in range(END, END + 12):
        made.step(number)
    (incident,) = made.desk.incidents()
    assert incident.opened_at > START + END * STEP
    assert all(alert.harm for alert in incident.alerts[:1])
    with made.state.transaction() as tx:
        assert not tx.list(Muted, tag="open")
        spans = quiet_spans(tx)["shop"]
    assert min(start for start, _ in spans) < START + END * STEP
    assert [action for _, action in made.pager.seen] == ["trigger"]


def test_what_is_found_once_is_told_when_the_silence_ends():
    made = Plant()
    broken = msgspec.structs.replace(
        ALERT, key="shop/leak/x", signal="leak:x", text="`price` lost its decimals"
    )
    with made.state.transaction() as tx:
        tx.put_all([silence("signal=~leak:.*"), Service(key="shop")])
        assert respond(made.world, tx, SERVICE, [broken], now=START + 5) is None
        assert respond(made.world, tx, SERVICE, [broken], now=START + 6) is None
    assert len(made.desk.notices()) == 1, "told once"
    made.desk.advance(START + END * STEP + 1)
    (incident,) = made.desk.incidents()
    assert incident.title == "shop: `price` lost its decimals"
    assert incident.alerts[0].since == ALERT.since


def test_silenced_harm_joins_nothing_but_the_timeline():
    made = Plant()
    other = msgspec.structs.replace(ALERT, key="shop/all/null_share", signal="null_share")
    with made.state.transaction() as tx:
        tx.put(silence("signal=null_share"))
        opened = respond(made.world, tx, SERVICE, [ALERT], now=START)
        assert opened is not None
        assert respond(made.world, tx, SERVICE, [other], now=START + 9) is None
        assert tx.events("INC-1")[-1].kind == "silenced"
        assert verify_chain(tx.events("INC-1"))
    assert len(made.desk.incident("INC-1").alerts) == 1


def test_the_end_of_what_is_not_there_is_nothing():
    made = Plant()
    with made.state.transaction() as tx:
        tx.schedule(Due(key="unmute:SIL-9", task="unmute", subject="SIL-9", due_at=START))
    unmute(made.world, "SIL-9")
    with made.state.transaction() as tx:
        assert tx.next_due() is None


def test_the_desk_keeps_silences_and_ends_them() -> None:
    made = Plant()
    broken = msgspec.structs.replace(ALERT, key="shop/leak/x", signal="leak:x", text="it leaks")
    kept = made.desk.alerts.silence(silence("service=shop"))
    assert (kept.key, kept.created_at) == ("SIL-1", made.clock.now())
    with made.state.transaction() as tx:
        respond(made.world, tx, SERVICE, [broken], now=START + 5)
    assert [muted.service for muted in made.desk.alerts.muted()] == ["shop"]
    assert [found.key for found in made.desk.alerts.silences()] == ["SIL-1"]
    ended = made.desk.alerts.end_silence("SIL-1", by="bob")
    assert ended.ended_by == "bob"
    assert made.desk.alerts.end_silence("SIL-1", by="eve").ended_by == "bob"
    (incident,) = made.desk.incidents()
    assert incident.title == "shop: it leaks"
    assert [action for _, action in made.pager.seen] == ["trigger"]
    assert made.desk.alerts.muted() == []
    assert made.desk.alerts.silences() == []
    assert [found.key for found in made.desk.alerts.silences(ended=True)] == ["SIL-1"]


def test_what_breaks_a_rule_is_refused() -> None:
    made = Plant()
    with pytest.raises(RefusedError, match="there is no matcher"):
        made.desk.alerts.silence(silence())
    made.desk.advance(START + 2 * END * STEP)
    with pytest.raises(RefusedError, match="ends in the past"):
        made.desk.alerts.silence(silence("service=shop"))
    with pytest.raises(UnknownError, match="there is no silence 'SIL-7'"):
        made.desk.alerts.end_silence("SIL-7", by="bob")


def test_maintenance_of_the_catalog_comes_and_goes_with_it() -> None:
    made = Plant()
    window = msgspec.structs.replace(silence("service=shop"), key="maintenance:nights")
    broken = msgspec.structs.replace(ALERT, key="shop/leak/x", signal="leak:x", text="it leaks")
    with made.state.transaction() as tx:
        put_maintenance(tx, [window])
        respond(made.world, tx, SERVICE, [broken], now=START + 5)
    with pytest.raises(RefusedError, match="of the catalog"):
        made.desk.alerts.end_silence("maintenance:nights", by="bob")
    assert made.desk.incidents() == []
    with made.state.transaction() as tx:
        put_maintenance(tx, [])
    made.desk.advance(START + STEP)
    assert [found.title for found in made.desk.incidents()] == ["shop: it leaks"]
    assert made.desk.alerts.silences(ended=True)[0].ended_by == "the catalog"


def test_alerts_are_found_by_incident_and_service() -> None:
    made = Plant()
    assert made.desk.alerts.told() == []
    assert made.desk.alerts.told(incident="INC-1", service="shop") == []


def test_weekly_hours_hold_back_each_week_until_their_own_end() -> None:
    made = Plant()
    hours = Weekly(days=("thu",), start="00:00", end="00:05")
    broken = msgspec.structs.replace(ALERT, key="shop/leak/x", signal="leak:x", text="it leaks")
    kept = made.desk.alerts.silence(
        msgspec.structs.replace(silence("service=shop", end=START + 8 * DAY), weekly=hours)
    )
    with made.state.transaction() as tx:
        respond(made.world, tx, SERVICE, [broken], now=START + 5)
    made.desk.advance(START + 5 * MINUTE)
    assert [found.title for found in made.desk.incidents()] == ["shop: it leaks"]
    with made.state.transaction() as tx:
        assert tx.get(Silence, kept.key) == kept, "it holds again next week"
        dues = tx.take_due(START + 9 * DAY)
    assert [due.due_at for due in dues if due.task == "unmute"] == [START + 8 * DAY]
