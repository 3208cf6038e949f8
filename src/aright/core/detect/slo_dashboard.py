"""A Grafana dashboard over the metrics that aright exports.

Source: Grafana's documentation, "Dashboard JSON model", schema version 39.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_OF: Final = '{service=~"$service",slo=~"$slo"}'
_WIDE, _HALF, _THIRD = 24, 12, 8


def dashboard() -> dict[str, Json]:
    """Return the dashboard; services and SLOs are chosen from what is there.

    >>> found = dashboard()
    >>> found["title"], len(found["panels"])
    ('Quality SLOs (aright)', 9)
    """
    panels = [
        _stat("Budget left", f"min by (slo) (aright_slo_budget_left_ratio{_OF})", _red_below(0.0, 0.25)),
        _stat(
            "Good over the window",
            f"aright_sli_ratio{_OF} - aright_slo_objective_ratio{_OF}",
            _red_below(0.0),
        ),
        _stat(
            "Open incidents", 'sum by (service) (aright_incidents_open{service=~"$service"})', _red_from(1.0)
        ),
        _series("Budget left", f"aright_slo_budget_left_ratio{_OF}", "{{slo}}", "percentunit"),
        _series("Burn rate", f"aright_slo_burn_rate{_OF}", "{{slo}} over {{window}}", "none"),
        _series(
            "Bad share",
            f"rate(aright_sli_bad_total{_OF}[5m]) / (rate(aright_sli_events_total{_OF}[5m]) > 0)",
            "{{slo}}",
            "percentunit",
        ),
        _series("Budget empty in", f"aright_slo_budget_empty_seconds{_OF}", "{{slo}}", "s"),
        _series(
            "Rows",
            "rate(aright_rows_accepted_total[5m]) or rate(aright_rows_quarantined_total[5m])",
            "{{__name__}}",
            "cps",
        ),
        _series("Windows behind", "aright_windows_behind", "windows", "none"),
    ]
    return {
        "uid": "aright-slos",
        "title": "Quality SLOs (aright)",
        "tags": ["aright", "slo"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "utc",
        "templating": {
            "list": [_source(), _variable("service", ""), _variable("slo", 'service=~"$service"')]
        },
        "annotations": {"list": []},
        "panels": list(_placed(panels)),
    }


def _placed(panels: list[dict[str, Json]]) -> list[Json]:
    found: list[Json] = []
    x = y = 0
    for number, panel in enumerate(panels, start=1):
        stat = panel["type"] == "stat"
        width, height = (_THIRD, 4) if stat else (_HALF, 8)
        if x + width > _WIDE:
            x, y = 0, y + (4 if found and stat else 8)
        if not stat and y < 4:
            x, y = 0, 4
        found.append({"id": number, "gridPos": {"x": x, "y": y, "w": width, "h": height}, **panel})
        x += width
    return found


def _target(expression: str, legend: str) -> list[Json]:
    return [{"refId": "A", "expr": expression, "legendFormat": legend, "datasource": _datasource()}]


def _stat(title: str, expression: str, thresholds: Json) -> dict[str, Json]:
    unit = "none" if "incidents" in expression else "percentunit"
    return {
        "type": "stat",
        "title": title,
        "datasource": _datasource(),
        "targets": _target(expression, "{{slo}}{{service}}" if unit == "none" else "{{slo}}"),
        "fieldConfig": {"defaults": {"unit": unit, "thresholds": thresholds}, "overrides": []},
        "options": {"colorMode": "value", "reduceOptions": {"calcs": ["lastNotNull"]}},
    }


def _series(title: str, expression: str, legend: str, unit: str) -> dict[str, Json]:
    return {
        "type": "timeseries",
        "title": title,
        "datasource": _datasource(),
        "targets": _target(expression, legend),
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
    }


def _red_below(*limits: float) -> Json:
    colours = ("red", "yellow", "green") if len(limits) > 1 else ("red", "green")
    return _thresholds(dict(zip((None, *limits), colours, strict=True)))


def _red_from(limit: float) -> Json:
    return _thresholds({None: "green", limit: "red"})


def _thresholds(steps: Mapping[float | None, str]) -> Json:
    return {
        "mode": "absolute",
        "steps": [{"value": value, "color": colour} for value, colour in steps.items()],
    }


def _datasource() -> Json:
    return {"type": "prometheus", "uid": "${datasource}"}


def _source() -> Json:
    return {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _variable(name: str, within: str) -> Json:
    return {
        "name": name,
        "type": "query",
        "datasource": _datasource(),
        "query": f"label_values(aright_slo_objective_ratio{{{within}}}, {name})",
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".+",
        "current": {"text": "All", "value": "$__all"},
    }
