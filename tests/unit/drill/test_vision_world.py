"""The vision drill's world: what seeds decide, pictures, cameras, and a classifier that really learns."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from aright.drill.times import MINUTE
from aright.drill.vision import names
from aright.drill.vision.belts import SPIKE, Belts, make_passing
from aright.drill.vision.cameras import take
from aright.drill.vision.eye import SIDE
from aright.drill.vision.fleet import make_fleet
from aright.drill.vision.news import news_of
from aright.drill.vision.pictures import draw
from aright.drill.vision.plan import Fault, Layout, Way, make_plan
from aright.drill.vision.resizer import resize
from aright.drill.vision.versions import as_read, make_versions
from aright.sdk.images import image_features


@cache
def versions(seed: int, fault: Fault):
    return make_versions(make_plan(seed, fault))


def share_right(eye, seed: int, *, way: Way | None = None, layout: Layout = Layout.RGB, count: int = 150):
    """Return the share of new pictures that a version grades rightly."""
    plan = make_plan(seed, Fault.NONE)
    rng, fleet = np.random.default_rng([seed, 99]), make_fleet(plan)
    right = 0
    for turn in range(count):
        kind = names.KINDS[turn % len(names.KINDS)]
        file = take(draw(kind, rng), fleet[turn], "any", way)
        chances = eye.chances(as_read(resize(file, SIDE, layout).pixels))[0]
        right += names.KINDS[int(chances.argmax())] == kind
    return right / count


@pytest.mark.parametrize("fault", list(Fault))
def test_plans_follow_from_their_seeds(fault):
    assert make_plan(5, fault) == make_plan(5, fault)
    assert make_plan(5, fault) != make_plan(6, fault)
    plans = [make_plan(seed, fault) for seed in range(12)]
    assert {plan.way for plan in plans} == set(Way) - ({Way.GAMMA} if fault is Fault.BOTH else set())
    assert {plan.announced for plan in plans} == {True, False}
    assert all(plan.make != plan.other and 0.24 <= plan.share <= 0.34 for plan in plans)
    with pytest.raises(ValueError, match="choose 0 or more"):
        make_plan(-1, fault)


@pytest.mark.parametrize("seed", range(6))
def test_part_of_one_makers_cameras_are_given_what_may_spoil_and_no_other_attribute_says_so(seed):
    plan = make_plan(seed, Fault.FIRMWARE)
    fleet = make_fleet(plan)
    new, old = (
        {each.name for each in fleet if each.firmware(plan, at) == names.FIRMWARES[plan.make][1]}
        for at in (plan.onset, plan.onset - 1)
    )
    assert not old
    assert 0.18 <= len(new) / len(fleet) <= 0.42
    for attribute in ("make", "model", "house", "belt", "lamp"):
        for value in {getattr(each, attribute) for each in fleet}:
            having = {each.name for each in fleet if getattr(each, attribute) == value}
            assert len(having & new) / len(having | new) < 0.8


def test_a_camera_says_who_made_it_and_which_firmware_it_has():
    plan = make_plan(0, Fault.FIRMWARE)
    camera = make_fleet(plan)[0]
    found = image_features(take(draw("pear", np.random.default_rng(1)), camera, "fw 2", None))
    assert (found["image.make"], found["image.model"], found["image.software"]) == (
        camera.make,
        camera.model,
        "fw 2",
    )
    assert (found["image.width"], found["image.height"]) == camera.size
    assert found["image.format"] == "jpeg"


@pytest.mark.parametrize("way", list(Way))
def test_each_way_of_spoiling_costs_both_good_versions_their_accuracy(way):
    good = versions(3, Fault.FIRMWARE)
    assert tuple(good) == (names.OLDEST, names.VERSIONS[0])
    for eye in good.values():
        assert share_right(eye, 3) >= 0.92
        assert share_right(eye, 3, way=way) <= 0.8


@pytest.mark.parametrize("layout", [Layout.BGR, Layout.PLANES])
def test_another_layout_is_read_without_an_error_and_wrongly(layout):
    assert share_right(versions(3, Fault.FIRMWARE)[names.VERSIONS[0]], 3, layout=layout) <= 0.6


def test_a_worse_version_is_worse_on_the_same_pictures_and_a_benign_one_is_not():
    worse, benign = versions(3, Fault.BAD_MODEL), versions(3, Fault.NONE)
    assert share_right(worse[names.VERSIONS[1]], 3) <= 0.78
    assert share_right(worse[names.VERSIONS[0]], 3) >= 0.92
    assert share_right(benign[names.VERSIONS[1]], 3) >= 0.92
    assert not make_plan(2, Fault.NONE).deploys_model


def test_the_resizer_keeps_the_middle_square():
    file = BytesIO()
    picture = Image.new("RGB", (40, 20), (0, 0, 255))
    picture.paste((255, 0, 0), (10, 0, 30, 20))
    picture.save(file, "PNG")
    red = np.frombuffer(resize(file.getvalue(), 4, Layout.RGB).pixels, np.uint8).reshape(4, 4, 3)
    assert (red == (255, 0, 0)).all()
    planes = resize(file.getvalue(), 4, Layout.PLANES)
    assert planes.layout == "planar-rgb"
    assert planes.pixels == bytes([255] * 16 + [0] * 32)


def test_there_is_more_on_the_belts_for_a_while_whatever_goes_wrong():
    for fault in (Fault.NONE, Fault.FIRMWARE):
        plan = make_plan(4, fault)
        time = make_passing(plan, 400, 30).time
        first, last = plan.spike
        more = ((time >= first) & (time < last)).sum() / (last - first)
        usual = (time < first).sum() / (first - plan.start)
        assert 0.8 * SPIKE <= more / usual <= 1.25 * SPIKE


def test_something_harmless_is_always_deployed_some_minutes_before():
    for seed in range(8):
        for fault in Fault:
            plan = make_plan(seed, fault)
            told = news_of(plan)
            assert told[0].kind == "deploy"
            assert plan.onset - told[0].at == 4 * MINUTE
            assert len(told) == 1 + plan.announced * (1 if fault is Fault.RESIZER else 2)


def test_belts_are_the_same_for_a_seed_and_spoilt_only_while_the_raw_stream_is_not_asked_for():
    plan = make_plan(0, Fault.FIRMWARE)
    firmware = names.FIRMWARES[plan.make][1]
    span = plan.onset, plan.onset + 3_000_000
    one, other = Belts(plan, 20), Belts(plan, 20)
    assert one.shots(*span, ())[1] == other.shots(*span, ())[1]
    assert one.asked == other.asked > 0
    rows, raw = one.shots(*span, {firmware})
    changed = [a != b for a, b in zip(raw, other.shots(*span, ())[1], strict=True)]
    assert 0 < sum(changed) < len(rows)
    before = plan.onset - 3_000_000, plan.onset
    assert one.shots(*before, {firmware})[1] == other.shots(*before, ())[1]
