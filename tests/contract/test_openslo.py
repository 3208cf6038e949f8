"""OpenSLO v1: objects as the specification has them, in place or referred to, in any order and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.core.model.signal import Segment
from aright.core.model.slo import RULES, BurnRule
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.catalog import Catalog
    from aright.core.model.slo import Slo

SERVICE = """
apiVersion: openslo/v1
kind: Service
metadata: {name: shop, displayName: Shop, labels: {team: [a, b]}, annotations: {x: y}}
spec: {description: Sells.}
"""
SOURCE = """
apiVersion: openslo/v1
kind: DataSource
metadata: {name: here}
spec: {type: aright, connectionDetails: {anything: [1, {a: b}]}}
"""
SLI = """
apiVersion: openslo/v1
kind: SLI
metadata: {name: own}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {metricSourceRef: here, spec: {signal: fallback_share, segment: {region: north}}}}
    total: {metricSource: {metricSourceRef: here, spec: {signal: fallback_share}}}
"""
SLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: own-answers, displayName: Own answers}
spec:
  description: The model answers.
  service: shop
  indicatorRef: own
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - {displayName: Good, target: 0.99}
    - {targetPercent: 99.9}
  alertPolicies:
    - alertPolicyRef: fast
"""
POLICY = """
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast}
spec:
  alertWhenBreaching: true
  conditions:
    - conditionRef: burns
    - kind: AlertCondition
      metadata: {name: leaks}
      spec:
        severity: ticket
        condition: {kind: burnrate, op: gte, threshold: 3, lookbackWindow: 1d, alertAfter: 2h}
  notificationTargets:
    - targetRef: mail
    - {kind: AlertNotificationTarget, metadata: {name: chat}, spec: {target: "#shop"}}
"""
CONDITION = """
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: burns}
spec: {severity: Page, condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h}}
"""
TARGET = """
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: mail}
spec: {target: on-call@example.com, description: Who is there.}
"""
ALL = (SLO, POLICY, SLI, TARGET, CONDITION, SOURCE, SERVICE)


def read(tmp_path: Path, *texts: str) -> Catalog:
    files = []
    for number, text in enumerate(texts):
        (file := tmp_path / f"{number}.yaml").write_text(text.lstrip())
        files.append(file)
    return YamlCatalog().read(files)


def test_every_kind_in_files_of_its_own(tmp_path: Path) -> None:
    catalog = read(tmp_path, *ALL)
    assert catalog.findings == ()
    assert [service.key for service in catalog.services] == ["shop"]
    first, second = catalog.slos
    assert (first.key, first.title, first.objective, first.window) == (
        "own-answers-1",
        "Good",
        0.99,
        28 * DAY,
    )
    assert (second.key, second.title, second.objective) == ("own-answers-2", "Own answers", 0.999)
    assert (first.indicator.signal, first.indicator.counts_good) == ("fallback_share", True), (
        "as the file says"
    )
    assert first.indicator.segment == Segment("region", "north")
    assert first.rules == (
        BurnRule(long=HOUR, short=5 * MINUTE, rate=14.4, page=True),
        BurnRule(long=DAY, short=2 * HOUR, rate=3, page=False),
    )
    assert first.notify == ("on-call@example.com", "#shop")
    assert first.source.endswith("0.yaml:11")


def test_every_kind_in_one_file_beside_a_catalog(tmp_path: Path) -> None:
    own = "services: [{name: shop, tier: 1}]"
    catalog = read(tmp_path, "\n---\n".join([own, *ALL]))
    assert catalog.findings == ()
    assert catalog.services[0].tier == 1, "the catalog says more of the service"
    assert len(catalog.slos) == 2


def slo(tmp_path: Path, indicator: str, objective: str, more: str = "") -> tuple[Slo | None, list[str]]:
    text = f"""
apiVersion: openslo/v1
kind: SLO
metadata: {{name: a}}
spec:
  service: shop
  indicator: {{spec: {indicator}}}
  objectives: [{objective}]
  {more}
"""
    catalog = read(tmp_path, text, SERVICE)
    found = catalog.slos[0] if catalog.slos else None
    return found, [finding.what for finding in catalog.findings]


def ratio(side: str, signal: str = "error_share", more: str = "") -> str:
    return (
        f"{{ratioMetric: {{{side}: {{metricSource: {{type: Aright, spec: {{signal: {signal}}}}}}}{more}}}}}"
    )


def threshold(signal: str) -> str:
    return f"{{thresholdMetric: {{metricSource: {{type: aright, spec: {{signal: {signal}}}}}}}}}"


@pytest.mark.parametrize(
    ("indicator", "good"),
    [
        (ratio("bad"), False),
        (ratio("good"), True),
        (ratio("raw", more=", rawType: failure"), False),
        (ratio("raw", more=", rawType: success"), True),
    ],
)
def test_ratios(tmp_path: Path, indicator: str, *, good: bool) -> None:
    found, said = slo(tmp_path, indicator, "{target: 0.99}")
    assert said == []
    assert found is not None
    assert (found.indicator.counts_good, found.indicator.slice, found.rules) == (good, 0, RULES)


def test_latency(tmp_path: Path) -> None:
    found, said = slo(tmp_path, threshold("latency_ms"), "{op: lte, value: 250, target: 0.99}")
    assert said == []
    assert found is not None
    assert found.indicator.signal == "slower:250"
    (file := tmp_path / "1.yaml").write_text(SERVICE)
    assert YamlCatalog().read([tmp_path / "0.yaml", file]).services[0].latency_limits == (250.0,)


def test_time_slices(tmp_path: Path) -> None:
    method = "budgetingMethod: Timeslices"
    found, said = slo(
        tmp_path,
        threshold('"quality:click"'),
        "{op: gte, value: 0.1, target: 0.95, timeSliceWindow: 2m}",
        method,
    )
    assert said == []
    assert found is not None
    assert (found.indicator.at_least, found.indicator.slice) == (0.1, 2 * MINUTE)
    found, said = slo(
        tmp_path, ratio("bad"), "{target: 0.95, timeSliceTarget: 0.9, timeSliceWindow: 5}", method
    )
    assert said == []
    assert found is not None
    assert found.indicator.at_most == pytest.approx(0.1)
    assert found.indicator.slice == 5 * MINUTE
    found, said = slo(tmp_path, ratio("good"), "{target: 0.95, timeSliceTarget: 0.9}", method)
    assert found is not None
    assert found.indicator.at_least == 0.9


@pytest.mark.parametrize(
    ("indicator", "objective", "more", "said"),
    [
        (ratio("bad"), "{target: 0.9}", "budgetingMethod: Timeslices", "an objective has no timeSliceTarget"),
        (ratio("bad"), "{target: 1}", "", "target is 1"),
        (ratio("bad"), "{}", "", "an objective has no target"),
        (ratio("bad", "eror_share"), "{target: 0.9}", "", "eror_share is no signal"),
        (ratio("bad", more=", good: {}"), "{target: 0.9}", "", "the ratio is not clear"),
        ("{}", "{target: 0.9}", "", "the SLI has not one metric"),
        ("{ratioMetric: {bad: {}}}", "{target: 0.9}", "", "bad has no metricSource"),
        (
            "{ratioMetric: {bad: {metricSource: {type: aright}}}}",
            "{target: 0.9}",
            "",
            "a metricSource has no spec",
        ),
        (threshold("latency_ms"), "{target: 0.9, op: gt, value: 9}", "", "latency_ms has op gt"),
        (threshold("latency_ms"), "{target: 0.9, op: lt}", "", "an objective has no value"),
        (
            threshold("error_share"),
            "{target: 0.9, op: lt, value: 3}",
            "budgetingMethod: Timeslices",
            "value is 3",
        ),
        (
            ratio("bad"),
            "{target: 0.9}",
            "alertPolicies: [{alertPolicyRef: none}]",
            "there is no AlertPolicy none",
        ),
        (
            ratio("bad"),
            "{target: 0.9}",
            "alertPolicies: [{kind: AlertPolicy, spec: {conditions: [{kind: AlertCondition, spec: {}}]}}]",
            "the spec of AlertCondition has no condition",
        ),
        (
            ratio("bad"),
            "{target: 0.9}",
            "alertPolicies: [{spec: {conditions: [{spec: {condition: {kind: x}}}]}}]",
            "x is unknown in kind",
        ),
    ],
)
def test_mistakes(tmp_path: Path, indicator: str, objective: str, more: str, said: str) -> None:
    _, told = slo(tmp_path, indicator, objective, more)
    assert said in told


def test_what_is_taken_otherwise_is_told(tmp_path: Path) -> None:
    found, said = slo(
        tmp_path,
        ratio("bad"),
        "{target: 0.99, compositeWeight: 2}",
        """budgetingMethod: RatioTimeslices
  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: 2022-01-01 12:00:00, timeZone: UTC}}]
  alertPolicies:
    - spec: {conditions: [{spec: {severity: sev3, condition: {op: lte, threshold: 2, lookbackWindow: 1h}}}]}
    - spec: {alertWhenBreaching: false, conditions: [{spec: {condition: {threshold: 9}}}]}""",
    )
    assert sorted(said) == [
        "the alert is for a budget that burns slowly",
        "the mean of ratios of slices is asked for",
        "the objective has a weight in a composite",
        "the time window follows the calendar",
    ]
    assert found is not None
    assert found.window == 30 * DAY
    assert found.rules == (BurnRule(long=HOUR, short=5 * MINUTE, rate=2, page=False),)


def test_an_sli_of_another_system_is_left_to_it(tmp_path: Path) -> None:
    found, said = slo(
        tmp_path,
        "{ratioMetric: {good: {metricSource: {type: Prometheus, spec: {query: x}}}, total: {}}}",
        "{target: 0.9}",
    )
    assert (found, said) == (None, ["the metric comes from Prometheus"])


def test_names_that_are_referred_to_have_to_be_there(tmp_path: Path) -> None:
    catalog = read(
        tmp_path, SLO.replace("own\n", "onw\n"), SLI, SOURCE, POLICY.replace("burns", "burn"), CONDITION
    )
    assert [finding.what for finding in catalog.findings] == [
        "onw is unknown in the SLIs",
        "burn is unknown in the AlertConditions",
        "there is no AlertNotificationTarget mail",
    ]
    twice = read(tmp_path, SLI, SLI)
    assert [finding.what for finding in twice.findings] == ["SLI own is given twice"]
    unknown = read(tmp_path, SLI.replace("here", "there"), SLO, POLICY, CONDITION, TARGET, SERVICE)
    assert "there is no DataSource there" in [finding.what for finding in unknown.findings]
    homeless = read(tmp_path, *ALL[:-1])
    assert {finding.what for finding in homeless.findings} == {"there is no service shop"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("apiVersion: openslo/v2alpha\nkind: SLO", "apiVersion is openslo/v2alpha"),
        ("apiVersion: openslo/v1\nkind: Slo\nmetadata: {name: a}\nspec: {}", "Slo is unknown in kind"),
        ("apiVersion: openslo/v1\nkind: SLI\nspec: {}", "an OpenSLO object has no metadata"),
        ("apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: a}", "an OpenSLO object has no spec"),
        (
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec: {service: b}",
            "the spec of SLO has no objectives",
        ),
    ],
)
def test_objects_that_are_none(tmp_path: Path, text: str, said: str) -> None:
    assert said in [finding.what for finding in read(tmp_path, text).findings]
