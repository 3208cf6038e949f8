"""Doors for alerts of other programs, answered as each of them expects.

Prometheus takes any 2xx of ``POST /api/v2/alerts``; Alertmanager answers it with 200 and nothing. Both send
again after a 5xx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.frame import Format, Kind
from aright.server.door import Door, Reply, answer_rows

if TYPE_CHECKING:
    from aright.core.model.frame import Frame
    from aright.engine.intake import Acceptance

_JSON: Final = "application/json"


def _answer_api(acceptance: Acceptance, _frame: Frame, _position: int) -> Reply:
    """Answer as Alertmanager does: nothing, or what is wrong where no alert is good."""
    if acceptance.accepted or not acceptance.bad:
        return Reply(status=200, body=b"")
    first = acceptance.bad[0]
    said = f"{first.field}: {first.problem}; {first.fix}"
    return Reply(status=400, body=msgspec.json.encode(said))


DOORS: Final[dict[str, Door]] = {
    "/v1/alerts/alertmanager": Door(
        kind=Kind.ALERTS,
        formats={_JSON: Format.ALERTMANAGER},
        answer=answer_rows,
        summary="Take what Alertmanager's webhook receiver sends, version 4.",
        defined_at="https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
    ),
    "/v1/alerts/grafana": Door(
        kind=Kind.ALERTS,
        formats={_JSON: Format.GRAFANA},
        answer=answer_rows,
        summary="Take what Grafana's webhook contact point sends.",
        defined_at="https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/",
    ),
    "/api/v2/alerts": Door(
        kind=Kind.ALERTS,
        formats={_JSON: Format.ALERTS_API},
        answer=_answer_api,
        summary="Take alerts as Alertmanager does, from Prometheus itself.",
        defined_at="https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml",
    ),
}
"""By path."""
