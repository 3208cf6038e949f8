"""What a service's detector is told: which signals are harm, and how many false alarms its team accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from aright.core.detect import Settings as DetectorSettings
from aright.core.model.signal import Bad, SignalKind
from aright.core.observe.catalogue import kind_of
from aright.engine.process import is_process

if TYPE_CHECKING:
    from aright.core.model.service import Service
    from aright.engine.settings import Settings

BYTES_OF_STREAM: Final = 3_000
"""What one stream takes in the detector, about."""

_IN_UNITS = "latency"


def settings_of(service: Service, settings: Settings) -> Settings:
    """Return the engine's settings with what the service says of its own.

    >>> from aright.core.model.service import Service
    >>> from aright.engine.settings import Settings
    >>> settings_of(Service(key="shop", false_pages=0.25), Settings()).false_pages
    0.25
    """
    return structs.replace(
        settings,
        false_pages=service.false_pages or settings.false_pages,
        false_notices=service.false_notices or settings.false_notices,
    )


def detector_settings(service: Service, settings: Settings) -> DetectorSettings:
    """Return the settings of a service's detector."""

    def kind(name: str) -> SignalKind:
        """Return a signal's kind; the catalog may say that its shift alone is harm."""
        found = _kind(name)
        pages = any(name == each or name.startswith(f"{each}:") for each in service.page_signals)
        return structs.replace(found, harm=True) if pages else found

    own = settings_of(service, settings)
    return DetectorSettings(
        kind_of=kind,
        false_pages=own.false_pages,
        false_notices=own.false_notices,
        most_streams=max(own.state_bytes // 16 // BYTES_OF_STREAM, 64),
    )


def _kind(name: str) -> SignalKind:
    if is_process(name):
        return SignalKind(name=name, title="a service metric", bad=Bad.BOTH, harm=False)
    found = kind_of(name)
    if not found.judged and found.name.partition(":")[0] != _IN_UNITS:
        raise LookupError(f"{name} is shown, not judged")
    return found
