"""Prometheus recording and alerting rules that say the same as aright's own, from the metrics it exports.

For teams that page from Prometheus. The statistical guard of few units becomes a least number of them: PromQL
has no better one.

Source: B. Beyer et al., The Site Reliability Workbook (2018), ch. 5;
https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from aright.core.detect.slo import FEWEST_BAD
from aright.core.detect.slo_metrics import BAD, EVENTS, span_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aright.core.model.slo import BurnRule, Slo
    from aright.core.model.times import Micros

_HEAD: Final = "# Written by `aright slo rules`. Do not edit: change the catalog, then write it again.\n"
_OWN: Final = (
    ("ArightAbsent", "absent(aright_build_info) == 1", "5m", "page", "aright is not scraped"),
    ("ArightBehind", "aright_windows_behind > 10", "5m", "page", "aright does not keep up with its windows"),
    (
        "ArightQuarantines",
        "increase(aright_rows_quarantined_total[15m]) > 0.1 * increase(aright_rows_accepted_total[15m])",
        "15m",
        "ticket",
        "aright sets aside more than a tenth of the rows it gets",
    ),
)


def rules(slos: Sequence[Slo]) -> str:
    """Return a rule file.

    Each SLO is a group: the bad share over each window of its rules and over its own window, the budget that
    is left, and an alert for pages and one for tickets. A last group watches aright itself.

    >>> from aright.core.model.slo import Indicator, Slo
    >>> slo = Slo(key="fine", service="shop", indicator=Indicator(signal="error_share"), objective=0.99)
    >>> [line.strip() for line in rules([slo]).splitlines() if "alert:" in line][:2]
    ['- alert: "SloBurnsFast"', '- alert: "SloBurnsSlowly"']
    """
    lines = [_HEAD.rstrip(), "groups:"]
    for slo in slos:
        lines += [
            f"  - name: {_text(f'aright-slo-{slo.key}')}",
            "    rules:",
            *_recordings(slo),
            *_alerts(slo),
        ]
    lines += ['  - name: "aright"', "    rules:"]
    for name, expression, hold, severity, summary in _OWN:
        lines += _alert(name, expression, hold, {"severity": severity}, {"summary": summary})
    return "\n".join(lines) + "\n"


def _spans(slo: Slo) -> list[Micros]:
    return sorted({length for rule in slo.rules for length in (rule.long, rule.short)} | {slo.window})


def _recordings(slo: Slo) -> Iterator[str]:
    of = _selector(slo)
    labels = _labels(slo)
    for length in _spans(slo):
        span = span_label(length)
        yield from _record(
            f"aright:sli_bad:ratio_rate{span}",
            f"sum(rate({BAD}{of}[{span}])) / (sum(rate({EVENTS}{of}[{span}])) > 0)",
            labels,
        )
    window = span_label(slo.window)
    yield from _record(
        "aright:slo_budget_left:ratio",
        f"1 - aright:sli_bad:ratio_rate{window}{of} / {slo.budget:.12g}",
        labels,
    )


def _alerts(slo: Slo) -> Iterator[str]:
    for page, name, severity in ((True, "SloBurnsFast", "page"), (False, "SloBurnsSlowly", "ticket")):
        parts = [_condition(slo, rule) for rule in slo.rules if rule.page is page]
        if parts:
            told = {
                "summary": f"{slo.title or slo.key}: the error budget of {slo.service} burns too fast",
                "description": f"SLO {slo.key}: {100 * slo.objective:.7g} % over {span_label(slo.window)}",
            }
            more = {"runbook_url": slo.runbook} if slo.runbook else {}
            yield from _alert(
                name, "\nor\n".join(parts), "", {**_labels(slo), "severity": severity}, {**told, **more}
            )


def _condition(slo: Slo, rule: BurnRule) -> str:
    of = _selector(slo)
    limit = f"{rule.rate * slo.budget:.12g}"
    long, short = span_label(rule.long), span_label(rule.short)
    return (
        f"(\n  aright:sli_bad:ratio_rate{long}{of} >= {limit}\n"
        f"  and aright:sli_bad:ratio_rate{short}{of} >= {limit}\n"
        f"  and on () sum(increase({EVENTS}{of}[{long}])) >= {1 if slo.indicator.slice else slo.min_events}\n"
        f"  and on () sum(increase({BAD}{of}[{long}])) >= {FEWEST_BAD}\n)"
    )


def _selector(slo: Slo) -> str:
    return "{" + ",".join(f"{name}={_text(value)}" for name, value in _labels(slo).items()) + "}"


def _labels(slo: Slo) -> dict[str, str]:
    return {"service": slo.service, "slo": slo.key}


def _record(name: str, expression: str, labels: dict[str, str]) -> Iterator[str]:
    yield f"      - record: {_text(name)}"
    yield f"        expr: {_text(expression)}"
    yield from _mapping("labels", labels)


def _alert(
    name: str, expression: str, hold: str, labels: dict[str, str], annotations: dict[str, str]
) -> Iterator[str]:
    yield f"      - alert: {_text(name)}"
    yield "        expr: |"
    yield from (f"          {line}" for line in expression.splitlines())
    if hold:
        yield f"        for: {hold}"
    yield from _mapping("labels", labels)
    yield from _mapping("annotations", {key: _literal(value) for key, value in annotations.items()})


def _mapping(name: str, values: dict[str, str]) -> Iterable[str]:
    return [f"        {name}:", *(f"          {key}: {_text(value)}" for key, value in values.items())]


def _literal(text: str) -> str:
    """Return text that Prometheus' templates leave as it is."""
    return text.replace("{{", '{{"{{"}}')


def _text(text: str) -> str:
    """Return a quoted text that YAML and PromQL read alike."""
    return json.dumps(text, ensure_ascii=False)
