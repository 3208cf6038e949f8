"""Rollouts over HTTP: the policy may be sent, router and registry may not."""

from __future__ import annotations

import pytest

from aright.core.model.release import Metric, Policy
from aright.core.model.rollout import Rollout, WebhookTraffic
from aright.core.model.service import Service
from aright.server.catalog import views
from aright.server.problems import ProblemError
from aright.server.rollouts import RolloutBody, rollout_of
from tests.unit.engine.releasing_cards import ALIAS, ROUTER

KNOWN = Rollout(registry=ALIAS, traffic=ROUTER)


def test_the_policy_changes_and_the_rest_stays():
    made = rollout_of(RolloutBody(policy=Policy(shadow_pairs=9), registry=ALIAS), KNOWN)
    assert made == Rollout(policy=Policy(shadow_pairs=9), registry=ALIAS, traffic=ROUTER)
    assert rollout_of(None, KNOWN) is KNOWN
    assert rollout_of(RolloutBody(), KNOWN) == KNOWN


@pytest.mark.parametrize("body", [RolloutBody(registry=ALIAS), RolloutBody(traffic=ROUTER)])
def test_where_orders_are_sent_is_not_for_a_token_to_say(body):
    with pytest.raises(ProblemError, match="cannot be changed over the network"):
        rollout_of(body, None)


def test_a_secret_is_not_shown():
    hook = WebhookTraffic(url="http://router.example", secret="s3cret")
    (view,) = views([Service(key="cards", rollout=Rollout(registry=ALIAS, traffic=hook))])
    assert "s3cret" not in repr(view)
    assert view.rollout is not None
    assert view.rollout.registry == ALIAS


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (Policy(steps=(), step_margins=()), "shares above 0"),
        (Policy(steps=(0.1, 1.0), step_margins=(3.0, 2.0)), "shares above 0"),
        (Policy(steps=(0.2, 0.1), step_margins=(3.0, 2.0)), "do not rise"),
        (Policy(steps=(0.2,)), "4 step_margins for 1 steps"),
        (Policy(segment_margin=1.0), "never be ruled out"),
        (Policy(alpha=0.0), "alpha and beta"),
        (Policy(look_every=0), "look_every"),
        (Policy(approvals=("lunch",)), "no approval 'lunch'"),
        (Policy(metrics=(Metric(name="beauty"),)), "the metric 'beauty'"),
    ],
)
def test_a_policy_that_nothing_can_be_judged_by_is_refused(policy, said):
    with pytest.raises(ProblemError, match=said):
        rollout_of(RolloutBody(policy=policy), None)
