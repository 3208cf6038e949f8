"""Readers of foreign formats, by format: heavy imports wait until a body of the format comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.frame import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.frame import Frame
    from aright.core.observe.intake.found import Found, Reader
    from aright.core.observe.intake.quarantine import Quarantine


def _remote_write(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    from aright.core.observe.intake.prometheus_rows import read_remote_write  # noqa: PLC0415

    return read_remote_write(plain, frame, quarantine)


def _otlp(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    from aright.core.observe.intake.otlp import read_otlp  # noqa: PLC0415

    return read_otlp(plain, frame, quarantine)


def _alerts(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    from aright.core.observe.intake.alert_rows import read_alerts  # noqa: PLC0415

    return read_alerts(plain, frame, quarantine)


def _pagerduty(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    from aright.core.observe.intake.pagerduty_events import read_event  # noqa: PLC0415

    return read_event(plain, frame, quarantine)


def _exposition(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    from aright.core.observe.intake.exposition import read_exposition  # noqa: PLC0415

    return read_exposition(plain, frame, quarantine)


def _lineage(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    from aright.core.observe.intake.openlineage import read_lineage  # noqa: PLC0415

    return read_lineage(plain, frame, quarantine)


READERS: Final[Mapping[Format, Reader]] = {
    Format.OTLP_PROTO: _otlp,
    Format.OTLP_JSON: _otlp,
    Format.REMOTE_WRITE_1: _remote_write,
    Format.REMOTE_WRITE_2: _remote_write,
    Format.EXPOSITION: _exposition,
    Format.OPENLINEAGE: _lineage,
    Format.PAGERDUTY: _pagerduty,
    **dict.fromkeys((Format.ALERTMANAGER, Format.ALERTS_API, Format.GRAFANA), _alerts),
}
"""By format; rows in aright's own formats are read by ``read`` itself."""
