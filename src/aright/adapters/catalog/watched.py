"""What a service in `aright.yaml` says of its answers, which some signals need: thresholds and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from aright.core.observe.signals.refusal_share import LONGEST_OWN, MOST_OWN

if TYPE_CHECKING:
    from aright.adapters.catalog.reading import Reader
    from aright.core.model.service import Service

WATCHED_KEYS: Final[dict[str, str]] = {
    "threshold": "the score, or number, that parts answers that approve from others.",
    "near_threshold": "how far from it a score is near; 0.02 where left out.",
    "approves": "which scores approve: below the threshold (where left out), or above, from it on.",
    "approving": "a list of labels that approve; where given, they decide and not the score.",
    "refusals": "a list of further phrases with which texts refuse to answer.",
    "source_language": "the attribute that names the language of the source; found by name where left out.",
    "target_language": "the attribute that names the language to translate into, likewise.",
}
"""What a service may say of its answers, by key."""

_SIDES: Final = ("below", "above")
_WITHOUT_SCORES: Final = ("recommender", "translation", "llm")
_LARGEST: Final = 1e12


def with_answers(reader: Reader, service: Service) -> Service:
    """Return the service with what its catalog says of its answers."""
    threshold = reader.number("threshold", low=-_LARGEST, high=_LARGEST)
    if threshold is None:
        for name in ("near_threshold", "approves"):
            if reader.has(name):
                reader.tell(
                    name,
                    f"{name} is given without a threshold",
                    "it would mean nothing",
                    "Give threshold: 0.5",
                )
    elif service.type in _WITHOUT_SCORES:
        reader.said.warn(
            reader.at("threshold"),
            f"a {service.type} service has a threshold",
            "it is held against scores, which such services seldom have",
            "Take it out, or give the type that answers with scores",
        )
    near = reader.number("near_threshold", 0.02, low=0.0, high=_LARGEST)
    return structs.replace(
        service,
        threshold=threshold,
        near_threshold=0.02 if near is None else near,
        approves=reader.one_of("approves", _SIDES, _SIDES[0]),
        approving=reader.texts("approving"),
        refusals=_refusals(reader),
        source_language=reader.text("source_language"),
        target_language=reader.text("target_language"),
    )


def _refusals(reader: Reader) -> tuple[str, ...]:
    found = reader.texts("refusals")
    if len(found) > MOST_OWN:
        reader.tell(
            "refusals", f"there are {len(found)} refusals", f"{MOST_OWN} are looked for", "Give fewer"
        )
    for phrase in found:
        if len(phrase) > LONGEST_OWN:
            why = f"only its first {LONGEST_OWN} characters would be looked for"
            reader.tell(
                "refusals", f"a refusal has {len(phrase)} characters", why, "Give what it begins with"
            )
    return found[:MOST_OWN]
