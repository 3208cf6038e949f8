"""People: whose vectors lie where, what they like, what they took up before, and what they click."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from aright.drill.shop import names

if TYPE_CHECKING:
    from aright.drill.shop.factors import Floats
    from aright.drill.shop.plan import Plan

USERS: Final = 3000
ITEMS: Final = 400
TASTES: Final = 6
LIST: Final = 10
COLD: Final = 0.02
"""Share of users whom the shop knows nothing of, and who always see what is popular."""

_EYES: Final = np.array([1, 0.9, 0.8, 0.7, 0.62, 0.55, 0.5, 0.45, 0.4, 0.36], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class People:
    """The users as the shop's directory has them, each an index from 0.

    Attributes:
        units: hashed names, as the shop reports them.
        shard: index into the plan's shards.
        area: index into ``names.AREAS``.
        hall: index into ``names.HALLS``.
        tier: index into ``names.TIERS``.
        language: index into ``names.LANGUAGES``.
        handset: index into ``names.HANDSETS``.
        build: index into ``names.BUILDS``.
        cohort: index into ``names.COHORTS``.
    """

    units: list[str]
    shard: npt.NDArray[np.int64]
    area: npt.NDArray[np.int64]
    hall: npt.NDArray[np.int64]
    tier: npt.NDArray[np.int64]
    language: npt.NDArray[np.int64]
    handset: npt.NDArray[np.int64]
    build: npt.NDArray[np.int64]
    cohort: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Liking:
    """What only the users know.

    Attributes:
        utility: how much each user likes each item; shape (users, items).
        mood: how readily each user clicks at all.
        activity: how often each comes, relative to one another; sums to 1.
    """

    utility: Floats
    mood: Floats
    activity: npt.NDArray[np.float64]


def _pick(rng: np.random.Generator, weights: tuple[float, ...]) -> npt.NDArray[np.int64]:
    return rng.choice(len(weights), USERS, p=np.array(weights) / sum(weights))


def make_people(plan: Plan) -> People:
    """Return the directory of a seed's users.

    Four of five users live in the area that is near their shard, and nine of ten are served by the hall
    near their area: a scope that names the area or the hall is near the truth and wrong.
    """
    rng = np.random.default_rng([plan.seed, 2])
    shard = rng.choice(len(plan.shards), USERS, p=plan.shares)
    near = rng.permutation(len(names.AREAS))[shard]
    area = np.where(rng.random(USERS) < 0.8, near, rng.integers(0, len(names.AREAS), USERS))
    hall_of = rng.permutation(len(names.AREAS)) % len(names.HALLS)
    hall = np.where(rng.random(USERS) < 0.9, hall_of[area], rng.integers(0, len(names.HALLS), USERS))
    return People(
        units=[hashlib.blake2b(f"{plan.seed}/{n}".encode(), digest_size=8).hexdigest() for n in range(USERS)],
        shard=shard,
        area=area,
        hall=hall,
        tier=_pick(rng, (5, 3, 1)),
        language=_pick(rng, (4, 3, 2, 1)),
        handset=_pick(rng, (6, 2, 3, 1)),
        build=_pick(rng, (1, 3, 4)),
        cohort=_pick(rng, (1, 1, 1, 1, 1)),
    )


def make_liking(plan: Plan, people: People) -> Liking:
    """Return latent preferences: six tastes, some items liked by all, some users readier than others."""
    rng = np.random.default_rng([plan.seed, 3])
    tastes = rng.dirichlet(np.full(TASTES, 0.14), USERS)
    kinds = rng.dirichlet(np.full(TASTES, 0.14), ITEMS)
    charm = rng.normal(0, 0.15, ITEMS)
    utility = (4.2 * tastes @ kinds.T + charm).astype(np.float32)
    mood = rng.normal(0, 0.35, USERS) + np.array((-0.15, 0.1, 0.35))[people.tier]
    activity = rng.lognormal(0, 0.7, USERS)
    return Liking(utility=utility, mood=mood.astype(np.float32), activity=activity / activity.sum())


def take_up(plan: Plan, liking: Liking) -> Floats:
    """Return what users took up in the past: 1 or 0, shape (users, items); nothing for the cold ones."""
    rng = np.random.default_rng([plan.seed, 4])
    keenness = 1.6 * liking.utility + rng.gumbel(0, 1, liking.utility.shape).astype(np.float32)
    order = np.argsort(-keenness, axis=1)[:, :60]
    counts = np.clip(rng.poisson(26, USERS), 4, 60)
    counts[rng.random(USERS) < COLD] = 0
    seen = np.zeros((USERS, ITEMS), dtype=np.float32)
    rows, ranks = np.nonzero(np.arange(60)[None, :] < counts[:, None])
    seen[rows, order[rows, ranks]] = 1
    return seen


def chance_of_click(
    liking: Liking, users: npt.NDArray[np.int64], shown: npt.NDArray[np.int64], place: Floats
) -> Floats:
    """Return how likely each user is to click something in the list shown.

    Args:
        liking: what they like.
        users: indices; shape (n,).
        shown: item indices; shape (n, 10).
        place: what the place of the list on the page adds on the log-odds scale; shape (n,).
    """
    pull = liking.utility[users[:, None], shown] + liking.mood[users][:, None] + place[:, None]
    each = _EYES / (1 + np.exp(-(1.8 * pull - 7.4)))
    chance: Floats = 1 - np.prod(1 - each, axis=1, dtype=np.float32)
    return chance


def favourites(liking: Liking) -> npt.NDArray[np.int64]:
    """Return the list that each user would like best; shape (users, 10)."""
    return np.argsort(-liking.utility, axis=1)[:, :LIST]


def chance_of_complaint(click: Floats, hoped: Floats) -> Floats:
    """Return how likely users are to complain, from how far a list falls short of what they hoped for.

    Args:
        click: how likely they are to click something in the list shown.
        hoped: how likely they are to click something in the list they would like best.

    >>> click, hoped = np.array([0.1, 0.4], dtype=np.float32), np.array([0.5, 0.5], dtype=np.float32)
    >>> [round(float(chance), 3) for chance in chance_of_complaint(click, hoped)]
    [0.061, 0.001]
    """
    short = 1 - click / np.maximum(hoped, np.float32(1e-6))
    return np.float32(0.001) + np.float32(0.12) * np.maximum(short - np.float32(0.3), np.float32(0))
