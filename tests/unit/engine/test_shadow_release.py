"""A release that begins with a shadow, from rows to its end."""

from __future__ import annotations

import msgspec

from aright.core.model.frame import Kind
from aright.core.model.release import Metric, ReleaseState
from aright.core.model.times import MINUTE
from aright.engine.release_operations import Start
from tests.unit.engine.failing_shop import START, frame
from tests.unit.engine.releasing_cards import POLICY, Cards

SHADOWED = msgspec.structs.replace(
    POLICY,
    shadow_pairs=300,
    metrics=(Metric(name="error_share"), Metric(name="disagreement", on_harm="hold")),
)


class Shadowed(Cards):
    """Gives the candidate a copy of every fourth request while it is a shadow."""

    copies: list[dict[str, object]]

    def _row(self, at: int, version: str) -> dict[str, object]:
        row = super()._row(at, version)
        if at == 0:
            self.copies, self.copying = [], self.latest_state is ReleaseState.SHADOW
        if at % 4 == 0:
            bad = self.rng.random() < self.errors["9"]
            self.copies.append(
                row
                | {"id": f"{row['id']}-9", "version": "9", "arm": "shadow", "pair": row["id"]}
                | {"status": 500 if bad else 200}
            )
        if self.copying and at == self.per_minute - 1:
            self.intake.accept(frame(Kind.PREDICTIONS, self.copies)).durable.result()
        return row

    @property
    def latest_state(self) -> ReleaseState | None:
        found = self.desk.releases.releases()
        return found[0].state if found else None


def begin(made: Cards) -> None:
    made.serve(2)
    made.desk.releases.start(Start(service="cards", version="9", by="ada"))


def test_a_good_version_goes_on_to_a_canary() -> None:
    made = Shadowed(policy=SHADOWED, per_minute=400)
    begin(made)
    assert made.latest.state is ReleaseState.SHADOW

    release = made.until("canary", minutes=12)

    assert any(look.stage == "shadow" and look.judged[0].units[0] >= 300 for look in release.looks)


def test_a_bad_one_is_put_away_before_anybody_sees_it() -> None:
    made = Shadowed(policy=SHADOWED, per_minute=400, errors={"8": 0.02, "9": 0.2})
    begin(made)

    release = made.until("rolled_back", minutes=12)

    assert all(share == 0 for _, share in release.shares)
    assert "lost" in release.looks[-1].reason


def test_without_copies_it_is_held_and_says_so() -> None:
    made = Cards(policy=SHADOWED, per_minute=100)
    begin(made)
    made.serve(3)

    assert made.latest.state is ReleaseState.SHADOW
    assert made.latest.looks[-1].hold == "no_data"
    assert made.clock.now() == START + 5 * MINUTE
