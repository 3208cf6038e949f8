"""Traffic: what is sent is read back, ends are exact, and what cannot be is said, whatever splits it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from aright.adapters.traffic_envoy import EnvoyRuntime
from aright.adapters.traffic_haproxy import HaproxyWeights
from aright.adapters.traffic_kubernetes import ArgoRollouts, KserveCanary
from aright.adapters.traffic_nginx import NginxSplit
from aright.core.mitigate.shares import same
from aright.core.model.rollout import (
    ArgoTraffic,
    EnvoyTraffic,
    FlagdTraffic,
    HaproxyTraffic,
    KserveTraffic,
    NginxTraffic,
)
from aright.ports.traffic import TrafficError
from tests.contract.fake_kubernetes import ISVC, ROLLOUT, TOKEN, WATCHER, cluster
from tests.contract.running_routers import Router, envoy, haproxy, needs_envoy, needs_haproxy
from tests.contract.traffic_ways import WAYS, Way, by_flagd, by_nginx, token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    with request.param(tmp_path_factory.mktemp("router")) as made:
        yield made


def test_what_is_sent_is_read_back_and_a_repeat_changes_nothing(way: Way) -> None:
    for share in way.shares:
        said = way.traffic.send(way.at, share, key=f"REL-1/{share}")
        assert same(way.traffic.share(way.at), share), share
        way.traffic.send(way.at, share, key=f"REL-1/{share}")
        assert same(way.traffic.share(way.at), share)
        assert 0 < len(said) <= 2_000
        assert said.isprintable()


def test_a_dry_run_changes_nothing(way: Way) -> None:
    before = way.traffic.share(way.at)

    said = way.traffic.dry_run(way.at, before)

    assert way.traffic.share(way.at) == before
    assert 0 < len(said) <= 2_000
    assert len(way.traffic.warning(way.at)) <= 500


def test_a_wrong_address_says_what_to_do(way: Way) -> None:
    for at in way.wrong:
        for ask in (
            lambda at=at: way.traffic.share(at),
            lambda at=at: way.traffic.send(at, 0.25, key="k"),
            lambda at=at: way.traffic.dry_run(at, 0.25),
        ):
            with pytest.raises(TrafficError) as told:
                ask()
            said = str(told.value)
            assert 20 < len(said) <= 2_000
            assert said.isprintable()
            assert "hidden" not in said
            assert TOKEN not in said


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Router]:
    with haproxy(tmp_path_factory.mktemp("haproxy")) as router:
        yield router


@needs_haproxy
def test_haproxy_gives_what_it_says(balanced: Router) -> None:
    traffic = HaproxyWeights()
    traffic.send(balanced.at, 0.25, key="a")
    assert balanced.answers(80).count("c") in {19, 20, 21}
    assert "request by request" in traffic.send(balanced.at, 1.0, key="b")
    assert balanced.answers(20) == "c" * 20
    assert "nearest to 0.1 %" in traffic.send(balanced.at, 0.001, key="c")
    traffic.send(balanced.at, 0.0, key="d")
    assert balanced.answers(20) == "s" * 20


@needs_haproxy
@pytest.mark.parametrize(
    ("change", "said", "permanent"),
    [
        ({"backend": "half"}, "is MAINT", False),
        ({"backend": "crowded"}, "more servers", True),
        ({"backend": "fixed"}, "hash-type consistent", True),
        ({"socket": "reader.sock"}, "level admin", True),
    ],
)
def test_haproxy_says_why_not(balanced: Router, change: dict[str, str], said: str, permanent: bool) -> None:
    at = balanced.at
    assert isinstance(at, HaproxyTraffic)
    if "socket" in change:
        change = {"socket": at.socket.replace("admin.sock", change["socket"])}
    with pytest.raises(TrafficError, match=said) as told:
        HaproxyWeights().send(replace(at, **change), 0.3, key="k")
    assert told.value.permanent is permanent


@needs_envoy
def test_envoy_mirrors_and_needs_an_admin_layer(tmp_path: Path) -> None:
    traffic = EnvoyRuntime()
    with envoy(tmp_path) as router:
        assert "copies of 100 %" in traffic.mirror(router.at, 1.0, key="a")
        assert traffic.mirrored(router.at) == 1.0
        assert traffic.share(router.at) == 0.0
        assert router.answers(5) == "s" * 5
        until = time.monotonic() + 10
        while len(router.canary.started) < 5 and time.monotonic() < until:
            time.sleep(0.01)
        assert len(router.canary.started) == 5
        assert isinstance(router.at, EnvoyTraffic)
        with pytest.raises(TrafficError, match="mirror_key"):
            traffic.mirror(replace(router.at, mirror_key=""), 1.0, key="b")
    with envoy(tmp_path, admin_layer=False) as router, pytest.raises(TrafficError, match="admin_layer"):
        traffic.send(router.at, 0.5, key="c")


def test_flagd_keeps_all_else_as_it_was(tmp_path: Path) -> None:
    with by_flagd(tmp_path) as way:
        assert isinstance(way.at, FlagdTraffic)
        way.traffic.send(way.at, 0.05, key="a")
        text = (tmp_path / "flags.json").read_text()
        assert '"a": 1.10' in text
        assert "1e400" in text
        assert text.startswith('{\n  "$schema"')
        model = json.loads(text)["flags"]["model"]
        assert model["targeting"] == {"fractional": [["stable", 95], ["canary", 5]]}
        way.traffic.send(replace(way.at, bucket_by=""), 1.0, key="b")
        assert (
            json.loads((tmp_path / "flags.json").read_text())["flags"]["model"]["defaultVariant"] == "canary"
        )
        with pytest.raises(TrafficError, match="another version"):
            way.traffic.send(replace(way.at, bucket_by="user"), 0.1, key="c")
        assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_nginx_puts_the_file_back_where_it_cannot_be_read(tmp_path: Path) -> None:
    with by_nginx(tmp_path) as way:
        at = way.at
        assert isinstance(at, NginxTraffic)
        before = (tmp_path / "split.conf").read_text()
        with pytest.raises(TrafficError, match="put back"):
            NginxSplit(settling=0.2).send(replace(at, canary="broken"), 0.5, key="a")
        assert (tmp_path / "split.conf").read_text() == before
        with pytest.raises(TrafficError, match="not nginx"):
            way.traffic.send(replace(at, pid_file=str(tmp_path / "own.pid")), 0.5, key="b")
        assert "cuts connections" in way.traffic.warning(at)


def test_kserve_is_told_only_what_it_was_when_read(tmp_path: Path) -> None:
    with cluster() as api:
        at = KserveTraffic(
            api=api.url, namespace="shop", name="model", bearer_token_file=token(tmp_path, TOKEN)
        )
        KserveCanary(settling=1).send(at, 0.1, key="a")
        assert api.patches == [
            (
                ISVC,
                {
                    "spec": {"predictor": {"canaryTrafficPercent": 10}},
                    "metadata": {"resourceVersion": "1"},
                },
            )
        ]
        with pytest.raises(TrafficError, match=r"403.*Role") as told:
            KserveCanary(settling=1).send(
                replace(at, bearer_token_file=token(tmp_path, WATCHER)), 0.2, key="b"
            )
        assert told.value.permanent
        api.idle = True
        with pytest.raises(TrafficError, match="still give 10 %"):
            KserveCanary(settling=0).send(at, 0.5, key="c")
        api.objects[ISVC]["metadata"]["annotations"] = {"serving.kserve.io/deploymentMode": "RawDeployment"}
        with pytest.raises(TrafficError, match="serverless"):
            KserveCanary().share(at)


@pytest.mark.parametrize("statusless", [False, True])
def test_argo_is_promoted_and_aborted(tmp_path: Path, statusless: bool) -> None:
    with cluster() as api:
        api.statusless = statusless
        at = ArgoTraffic(
            api=api.url, namespace="shop", name="model", bearer_token_file=token(tmp_path, TOKEN)
        )
        traffic = ArgoRollouts(settling=1)
        with pytest.raises(TrafficError, match="next step gives 5 %"):
            traffic.send(at, 0.2, key="a")
        assert "next step" in traffic.send(at, 0.05, key="b")
        traffic.send(at, 0.0, key="c")
        path = ROLLOUT if statusless else f"{ROLLOUT}/status"
        assert api.patches[-1] == (path, {"status": {"abort": True}})
        with pytest.raises(TrafficError, match="was aborted"):
            traffic.send(at, 1.0, key="d")
        api.objects[ROLLOUT]["status"]["abort"] = False
        assert "promoted in full" in traffic.send(at, 1.0, key="e")
        assert traffic.share(at) == 1.0
        with pytest.raises(TrafficError, match="serves all"):
            traffic.send(at, 0.0, key="f")
