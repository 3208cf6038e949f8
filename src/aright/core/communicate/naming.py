"""What people outside call a service: never its name inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.incident.words import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aright.core.model.service import Service

NOUNS: Final = {
    "recommender": "Recommendations",
    "classifier": "Automatic sorting",
    "fraud": "Payment checks",
    "translation": "Translation",
    "llm": "AI answers",
    "vision": "Image recognition",
    "other": "One of our services",
}
"""By a service's type, for those that nobody gave a public name."""

LONGEST_NAME: Final = 80


def public_name(service: Service | None, names: Mapping[str, str]) -> str:
    """Return what the public calls a service.

    Args:
        service: as the catalog has it; ``None`` where it is not in it.
        names: public names by service.

    >>> from aright.core.model.service import Service
    >>> public_name(Service(key="recsys-v2", type="recommender"), {}), public_name(None, {})
    ('Recommendations', 'One of our services')
    >>> public_name(Service(key="recsys-v2"), {"recsys-v2": "For you"})
    'For you'
    """
    if service is None:
        return NOUNS["other"]
    named = " ".join(names.get(service.key, "").split())
    return cut(named, LONGEST_NAME) or NOUNS.get(service.type, NOUNS["other"])


def public_names(services: Iterable[Service], names: Mapping[str, str]) -> dict[str, str]:
    """Return the public names of services, by their names inside."""
    return {service.key: public_name(service, names) for service in services}
