"""The drills there are."""

from __future__ import annotations

from typing import Final

import msgspec


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario.

    Attributes:
        name: as the command line takes it.
        about: what happens, in one sentence.
        faults: what can go wrong in it, the usual one first, each in a few words.
    """

    name: str
    about: str
    faults: dict[str, str]


DRILLS: Final[tuple[Drill, ...]] = (
    Drill(
        name="recommender-silent",
        about="Recommended lists turn generic for 30 % of users: no errors, but complaints.",
        faults={
            "source": "user vectors of one shard are missing (even seeds) or out of date (odd ones)",
            "empty": "the source returns nothing for one shard",
            "stale": "the source's snapshot of one shard is too old",
            "bad-model": "a model version trained on misaligned item ids goes out to everyone",
            "none": "nothing, but two other sources shift and, with odd seeds, a good version goes out",
        },
    ),
    Drill(
        name="translation-cascade",
        about="A third party changes its answers a little: translation, chatbot and help desk fail together.",
        faults={
            "language": "languages come with their region: de-DE where it was de",
            "confidence": "confidence goes from 0 … 1 to 0 … 100",
            "escaped": "texts are escaped for HTML",
            "truncated": "texts are cut short",
            "release": "no third party: a release of the translation service trusts hardly any answer",
            "none": "nothing, but a good release of the chatbot goes out or a field is added",
        },
    ),
    Drill(
        name="vision-accuracy",
        about="Pictures of fruit are graded worse and nothing errs: is it the pictures or the model?",
        faults={
            "camera-firmware": "a firmware spoils pictures of part of the cameras: colour, gamma or grain",
            "resizer-format": "the resizer lays its pixels out in another order",
            "bad-model": "a model version trained on mixed-up labels goes out to all belts",
            "both": "that firmware and that version at the same time",
            "none": "nothing, but firmwares change and, with odd seeds, a good version goes out",
        },
    ),
    Drill(
        name="fraud-release",
        about="Releases of a fraud model come one after the other: no bad one may reach all payments.",
        faults={
            "all": "one of each, the order drawn, and last one that is forced past gate, shadow and canary",
            "good": "none: a version as good as the one before",
            "segment": "a version that lets fraud pass in one market, whose labels came late",
            "units": "a sound model whose features are made with the amount in cents",
            "slow": "a version that answers many times slower",
            "leak": "a version whose native scorer never frees what it allocates",
            "forced": "a version trained before most labels had come, forced past all looks",
        },
    ),
)


def find(name: str) -> Drill:
    """Return a drill, the first where ``name`` is empty; raises ``ValueError`` that names those there are.

    >>> find("recommender-silent").name
    'recommender-silent'
    """
    for drill in DRILLS:
        if name in {"", drill.name}:
            return drill
    raise ValueError(f"there is no drill {name!r}: choose one of {', '.join(drill.name for drill in DRILLS)}")
