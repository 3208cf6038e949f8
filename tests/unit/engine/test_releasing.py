from __future__ import annotations

import msgspec
import pytest

from aright.core.incident.chain import verify_chain
from aright.core.model.change import Change
from aright.core.model.release import Call, Policy
from aright.core.model.times import MINUTE
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.release_operations import GateCheck, GateReport, Order, Start
from aright.ports.traffic import TrafficError
from tests.unit.engine.releasing_cards import POLICY, ROUTER, Cards

CLOSED = GateReport(closed=True, checks=(GateCheck(name="golden", state="failed", text="3 of 9 differ"),))


def begin(made: Cards, **changed):
    return made.desk.releases.start(
        msgspec.structs.replace(Start(service="cards", version="9", by="ada"), **changed)
    )


def kinds(made: Cards, key: str = "REL-1") -> list[str]:
    return [line.kind for line in made.desk.releases.ledger(key)]


def test_a_good_release_comes_to_serve_all():
    made = Cards()
    made.serve(3)
    begun = begin(made)
    assert [text.split(":")[0] for text in begun.steps[:5]] == ["Canary"] * 4 + ["All users"]
    assert begun.steps[5] == "Watch for 0.167 h; go back to 8 if it is worse."
    release = made.until("promoted", minutes=90)
    assert made.names.aliases["champion"] == "9"
    assert made.traffic.share(ROUTER) == 0.0
    assert [share for _, share in release.shares] == [0.01, 0.05, 0.25, 0.5, 0.0]
    assert verify_chain(made.desk.releases.ledger("REL-1"))
    with made.state.transaction() as tx:
        (change,) = tx.list(Change)
    assert (change.kind, change.before, change.after) == ("model_version", "8", "9")


def test_a_bad_one_goes_back_before_many_see_it():
    made = Cards(errors={"8": 0.02, "9": 0.2})
    made.serve(3)
    begin(made)
    release = made.until("rolled_back", minutes=60)
    assert max(share for _, share in release.shares) <= 0.25
    assert made.traffic.share(ROUTER) == 0.0
    assert made.names.aliases["champion"] == "8"
    back = next(look for look in release.looks if look.call is Call.ROLL_BACK)
    assert back.judged[0].low > 1
    assert "verified" in kinds(made)
    assert "Quality is as it was" in release.outcome


def test_what_was_forced_is_watched_and_put_back():
    made = Cards(errors={"8": 0.02, "9": 0.2})
    made.serve(10)
    begun = begin(made, force=True, confirm="cards", gate=CLOSED).release
    assert begun.state.value == "verifying"
    assert made.names.aliases["champion"] == "9"
    release = made.until("rolled_back", minutes=30)
    assert made.names.aliases["champion"] == "8"
    assert release.forced == "ada"
    assert kinds(made)[:3] == ["begun", "gate", "begun"]


def test_a_crash_counts_the_same_again():
    whole, broken = Cards(), Cards()
    for made in (whole, broken):
        made.serve(3)
        begin(made)
        made.serve(9)
    broken.start()
    for made in (whole, broken):
        made.serve(3)
    one, other = (made.desk.releases.release("REL-1") for made in (whole, broken))
    assert one.looks[-1] == other.looks[-1]
    assert one.shares == other.shares


def test_without_a_registry_the_router_sends_everybody():
    made = Cards(aliased=False)
    made.serve(3)
    begin(made, stable="8")
    made.until("promoted", minutes=90)
    assert made.traffic.share(ROUTER) == 1.0


def test_a_router_that_somebody_else_moved_holds_it():
    made = Cards()
    made.serve(2)
    begin(made)
    made.serve(2)
    made.traffic.send(ROUTER, 0.4, key="by hand")
    made.serve(3)
    release = made.desk.releases.release("REL-1")
    assert release.looks[-1].hold == "traffic"
    assert "Somebody else moved it" in release.looks[-1].reason
    assert made.traffic.share(ROUTER) == 0.4
    made.desk.releases.order("REL-1", Order(what="roll_back", by="ada", confirm="cards"))
    assert made.traffic.share(ROUTER) == 0.0


def test_an_alias_that_somebody_else_moved_is_not_overwritten():
    made = Cards()
    made.serve(2)
    begin(made)
    made.serve(2)
    made.names.aliases["champion"] = "7"
    made.errors["7"] = 0.02
    made.serve(3)
    release = made.desk.releases.release("REL-1")
    assert release.looks[-1].hold == "registry"
    assert kinds(made).count("failed") == 1
    assert made.names.aliases["champion"] == "7"


def test_a_registry_that_is_gone_holds_it_and_going_back_still_moves_the_router():
    made = Cards()
    made.serve(2)
    begin(made)
    made.serve(2)
    made.names.broken = "the registry does not answer"
    made.runtime.advance(made.clock.now() + 2 * MINUTE)
    assert made.desk.releases.release("REL-1").looks[-1].hold == "registry"
    made.desk.releases.order("REL-1", Order(what="roll_back", by="ada", confirm="cards"))
    assert made.traffic.share(ROUTER) == 0.0
    assert made.desk.releases.release("REL-1").state.value == "rolling_back"
    made.names.broken = ""
    made.minute += 2
    made.until("rolled_back", minutes=30)


def test_a_router_that_fails_is_told_and_tried_again():
    made = Cards()
    made.serve(2)
    made.traffic.failure = None
    begin(made)
    made.serve(1)
    made.traffic.failure = TrafficError("the socket is gone")
    made.runtime.advance(made.clock.now() + MINUTE)
    assert made.desk.releases.release("REL-1").looks[-1].hold == "traffic"
    made.traffic.failure = None
    made.minute += 1
    made.until("promoted", minutes=90)


def test_a_dry_run_changes_nothing_and_says_what_would_be_done():
    made = Cards()
    made.serve(1)
    told = begin(made, dry_run=True)
    assert made.desk.releases.releases() == []
    assert "✗ no gate has looked at it" in told.warnings
    assert any("ready to be served" in text for text in told.warnings)
    assert made.traffic.sent == []


def test_orders_need_the_services_name_where_users_are_moved():
    made = Cards(policy=msgspec.structs.replace(POLICY, approvals=("canary",)))
    made.serve(1)
    begin(made)
    assert made.desk.releases.release("REL-1").looks[-1].hold == "approval"
    with pytest.raises(RefusedError, match="type the service's name"):
        made.desk.releases.order("REL-1", Order(what="approve", by="ada"))
    tried = made.desk.releases.order("REL-1", Order(what="approve", by="ada", dry_run=True))
    assert tried.release.approved == ("canary",)
    made.desk.releases.order("REL-1", Order(what="approve", by="ada", confirm="cards"))
    made.serve(2)
    assert made.traffic.share(ROUTER) == 0.01
    with pytest.raises(RefusedError, match="no order"):
        made.desk.releases.order("REL-1", Order(what="dance"))
    assert made.desk.releases.releases(under_way=True, service="cards")
    assert made.desk.releases.releases(under_way=True, service="other") == []


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"version": " "}, "not said"),
        ({"version": "8"}, "serves all users already"),
        ({"version": "77"}, "has no version 77"),
        ({"stable": "5"}, "stands for 8, and not for 5"),
        ({"gate": CLOSED}, "gate is closed for 9: 3 of 9 differ"),
        ({"gate": GateReport(version="4")}, "the gate looked at 4"),
        ({"force": True}, "type the service's name"),
    ],
)
def test_a_release_that_cannot_be_begun_says_why(changed, match):
    made = Cards()
    with pytest.raises(RefusedError, match=match):
        begin(made, **changed)


def test_there_is_one_release_of_a_service_at_a_time():
    made = Cards()
    begin(made)
    with pytest.raises(RefusedError, match="REL-1 of cards is under way"):
        begin(made)


def test_what_is_not_there_is_said_to_be_not_there():
    made = Cards()
    with pytest.raises(UnknownError, match="no service"):
        begin(made, service="ghost")
    for ask in (made.desk.releases.release, made.desk.releases.ledger):
        with pytest.raises(UnknownError, match="no release"):
            ask("REL-9")
    assert list(made.desk.releases.aliases()) == []


def test_a_shadow_that_is_stopped_served_nobody():
    made = Cards(policy=msgspec.structs.replace(POLICY, shadow_pairs=50_000))
    made.serve(1)
    begun = begin(made).release
    assert begun.state.value == "shadow"
    made.serve(3)
    assert made.traffic.share(ROUTER) == 0.0
    stopped = made.desk.releases.order("REL-1", Order(what="stop", by="ada", text="not now")).release
    assert stopped.state.value == "stopped"
    assert Policy().shadow_pairs == 0
