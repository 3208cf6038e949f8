"""Rollouts in catalog files: read with what is usual, mistakes told by line, secrets kept out."""

from __future__ import annotations

from pathlib import Path

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.core.model.release import Metric, Policy
from aright.core.model.rollout import (
    ArgoTraffic,
    EnvoyTraffic,
    FlagdTraffic,
    HaproxyTraffic,
    KserveTraffic,
    MlflowAlias,
    NginxTraffic,
    Rollout,
    TrafficConfig,
    WebhookTraffic,
)

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "traffic.md"


def read(folder: Path, rollout: str, service: str = "", **environment: str) -> tuple[Rollout | None, str]:
    file = folder / "aright.yaml"
    file.write_text(f"services:\n  - name: shop\n{service}    rollout: {{{rollout}}}\n")
    catalog = YamlCatalog().read([file], environment)
    return catalog.services[0].rollout, "\n".join(str(each) for each in catalog.findings)


def test_what_is_not_said_is_usual(tmp_path: Path) -> None:
    assert read(tmp_path, "") == (Rollout(), "")


def test_metrics_and_segments_come_from_the_service(tmp_path: Path) -> None:
    service = (
        "    type: fraud\n    threshold: 0.5\n    quality: [click]\n"
        "    slos: [{name: fast, objective: 0.99, sli: {latency_ms: 300}}]\n"
    )
    found, said = read(tmp_path, "", service + "    segments: [country]\n")

    assert found is not None
    assert (said, found.policy.segments) == ("", ("country",))
    assert [each.name for each in found.policy.metrics] == [
        "error_share",
        "quality:click",
        "slower:300",
        "declined",
    ]
    assert found.policy.metrics[-1] == Metric(name="declined", on_harm="hold", margin=0.0)


def test_answers_that_differ_hold_where_nothing_else_is_said(tmp_path: Path) -> None:
    found, said = read(tmp_path, "metrics: [disagreement, error_share]")

    assert said == ""
    assert found is not None
    assert found.policy.metrics == (Metric(name="disagreement", on_harm="hold"), Metric(name="error_share"))


def test_a_policy_is_read(tmp_path: Path) -> None:
    told = (
        "steps: [2 %, 0.5], step_margins: [4, 1.5], metrics: [error_share, {name: 'events:complaint', "
        "on_harm: hold, margin: 2}], segments: [region], segment_margin: 4, alpha: 0.02, beta: 0.1, "
        "look_every: 30s, patience: 2d, shadow_pairs: 500, shadow_for: 6h, verify_for: 2h, "
        "approvals: [promoting], hold_out: 0.01"
    )
    found, said = read(tmp_path, told)

    assert said == ""
    assert found is not None
    assert found.policy == Policy(
        steps=(0.02, 0.5),
        step_margins=(4.0, 1.5),
        metrics=(
            Metric(name="error_share"),
            Metric(name="events:complaint", on_harm="hold", margin=2.0),
        ),
        segments=("region",),
        segment_margin=4.0,
        alpha=0.02,
        beta=0.1,
        look_every=30_000_000,
        patience=2 * 86_400_000_000,
        shadow_pairs=500,
        shadow_for=6 * 3_600_000_000,
        verify_for=2 * 3_600_000_000,
        approvals=("promoting",),
        hold_out=0.01,
    )


def test_margins_follow_the_number_of_steps(tmp_path: Path) -> None:
    found, said = read(tmp_path, "steps: [0.1, 0.5]")

    assert said == ""
    assert found is not None
    assert found.policy.step_margins == (10.0, 1.5)


def test_a_registry_is_read(tmp_path: Path) -> None:
    found, said = read(tmp_path, "registry: {mlflow: 'http://m', model: shop, alias: prod}")

    assert (found and found.registry, said) == (
        MlflowAlias(mlflow="http://m", model="shop", alias="prod"),
        "",
    )


@pytest.mark.parametrize(
    ("traffic", "config"),
    [
        (
            "haproxy: {socket: /s, backend: b, stable: s, canary: c}",
            HaproxyTraffic(socket="/s", backend="b", stable="s", canary="c"),
        ),
        (
            "envoy: {admin: 'http://e:1', key: k, denominator: 10000, mirror_key: m}",
            EnvoyTraffic(admin="http://e:1", key="k", denominator=10_000, mirror_key="m"),
        ),
        ("flagd: {file: f, flag: g, bucket_by: user}", FlagdTraffic(file="f", flag="g", bucket_by="user")),
        ("webhook: {url: 'http://w', secret: '${KEY}'}", WebhookTraffic(url="http://w", secret="hidden")),
        (
            "nginx: {file: f, variable: $v, stable: s, canary: c, pid_file: p}",
            NginxTraffic(file="f", variable="$v", stable="s", canary="c", pid_file="p"),
        ),
        (
            "kserve: {api: 'https://k', namespace: n, name: m}",
            KserveTraffic(api="https://k", namespace="n", name="m"),
        ),
        (
            "argo: {api: 'https://k', namespace: n, name: m, ca_file: c}",
            ArgoTraffic(api="https://k", namespace="n", name="m", ca_file="c"),
        ),
    ],
)
def test_each_way_is_read(tmp_path: Path, traffic: str, config: TrafficConfig) -> None:
    found, said = read(tmp_path, f"traffic: {{{traffic}}}", KEY="hidden")

    assert (found and found.traffic, said) == (config, "")
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("rollout", "said"),
    [
        ("step: [0.1]", "step is unknown in a rollout"),
        ("steps: [0.5, 0.1]", "do not rise"),
        ("steps: [1.5]", "1.5 is no entry of steps"),
        ("steps: [[1]]", "this is no entry of steps"),
        ("step_margins: [2]", "1 margins for 4 steps"),
        ("steps: [0.1, 0.5], step_margins: [2, 3]", "margins rise"),
        ("metrics: [errors]", "errors is no metric"),
        ("metrics: [error_share, error_share]", "watched twice"),
        ("metrics: [{name: error_share, margin: 0.5}]", "margin is 0.5"),
        ("approvals: [canaries]", "canaries is unknown in approvals"),
        ("alpha: 2", "alpha is 2"),
        ("registry: {mlflow: 'http://m'}", "a registry has no model"),
        ("registry: {mlflow: 'http://m', model: a, alias: latest}", "latest is reserved"),
        ("registry: {mlflow: 'http://m', model: a, alias: candidate}", "both aliases are one"),
        (
            "registry: {mlflow: 'http://m', model: a, bearer_token_file: a, basic_auth_file: b}",
            "a token and a password",
        ),
        ("traffic: {}", "split in no way"),
        ("traffic: {argo: {}, kserve: {}}", "more than one way"),
        ("traffic: {traefik: {}}", "traefik is unknown in traffic"),
        ("traffic: {haproxy: {socket: /s, backend: b, stable: s}}", "haproxy has no canary"),
        ("traffic: {flagd: {file: f, flag: g, stable: a, canary: a}}", "stable and canary are one"),
        ("traffic: {envoy: {admin: 'http://e', key: k, denominator: 500}}", "denominator is 500"),
        ("traffic: {webhook: {url: 'http://w', secret: plain}}", "secret is written out"),
        ("traffic: {webhook: {url: 'http://w', secret: '${NONE}'}}", "NONE is not set"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, rollout: str, said: str) -> None:
    _, findings = read(tmp_path, rollout)

    assert said in findings
    assert "aright.yaml:3:" in findings


def test_the_how_to_is_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "aright.yaml").write_text(HOW_TO.read_text().split("```yaml\n")[1].split("```")[0])

    catalog = YamlCatalog().read([tmp_path / "aright.yaml"], {"PICTURES_SPLIT_SECRET": "s"})

    assert catalog.findings == ()
    assert all(each.rollout and each.rollout.traffic for each in catalog.services)
