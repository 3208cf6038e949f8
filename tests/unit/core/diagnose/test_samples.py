"""Samples of inputs: who is shown beside whom, what moved first, nothing private, and all of it bounded."""

import json
from base64 import b64encode
from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.diagnose import diagnose
from aright.core.diagnose.samples import LONGEST, MOST_BYTES, MOST_VALUES, PAIRS, samples_of
from aright.core.diagnose.scene import open_scene
from aright.core.model.codec import decode, encode
from aright.core.model.evidence import CauseKind
from aright.core.model.redaction import Redaction
from aright.core.model.samples import PAYLOAD, PICTURE, Samples
from tests.unit.core.contract.test_pictures import picture
from tests.unit.core.diagnose.fleet import Fleet, make_fleet
from tests.unit.core.diagnose.simulation import World, make_case
from tests.unit.core.diagnose.test_payload_paths import payloads, traced


@cache
def fleet():
    case = traced(make_fleet(Fleet(seed=2, fault="build", reference_rows=2_000, current_rows=1_500)))
    small, large = picture("PNG"), picture("PNG", size=200, secret=False) + bytes(9_000)

    def shots(row, _, rng):
        image = large if rng.random() < 0.2 else small
        return {
            "shot": b64encode(image).decode(),
            "owner": {"email": "ann@shop.example"},
            "note": "word " * 900,
        }

    return replace(case, payloads=payloads(case, shots, share=1.0))


@cache
def opened():
    case = fleet()
    scene = open_scene(case)
    assert scene is not None
    return scene, diagnose(replace(case, payloads=None)).causes


def sampled(**rules):
    scene, causes = opened()
    return samples_of(scene, causes, Redaction(**rules))


def test_now_shows_the_cause_and_the_loss_and_before_the_same_units():
    found = sampled()
    assert len(found.pairs) == PAIRS
    for before, now in found.pairs:
        assert before is not None
        assert now is not None
        assert (before.side, now.side) == ("before", "now")
        assert dict(now.values)["build"] == "A-2"
        assert now.loss == 1.0
        assert dict(before.values)["build"] == "A-1"
        assert before.unit == now.unit  # the very devices, when they were well
        assert before.loss == 0.0
    assert len({now.unit for _, now in found.pairs if now}) == PAIRS
    names = [name for name, _ in found.pairs[0][1].values]
    assert names[0] == "build"
    assert "picture.light" in names[: found.telling]
    assert found.of_now > PAIRS
    assert found.where in {"where build = A-2", "where make = A"}


def test_the_choice_is_the_same_again_and_another_one_for_another_incident():
    scene, causes = opened()
    assert sampled() == sampled()
    other = replace(scene, case=replace(scene.case, incident="INC-2"))
    assert samples_of(other, causes, Redaction()).pairs != sampled().pairs


def test_nothing_private_is_kept_and_all_is_bounded_and_reads_back():
    found = sampled()
    body = encode(found)
    assert b"ann@shop" not in body
    assert len(body) < 400_000
    assert decode(body, Samples) == found
    shown = [each for pair in found.pairs for side in pair if side for each in side.shown]
    texts = [each.text for each in shown if each.kind == PAYLOAD]
    assert texts
    assert all(len(each) <= LONGEST + 1 for each in texts)
    assert all("•••" in each for each in texts)
    pictures = [each for each in shown if each.kind == PICTURE]
    assert {each.media for each in pictures} <= {"image/png", ""}
    assert all(b"SECRET" not in each.data for each in pictures)
    assert sum(len(each.data) for each in pictures) <= MOST_BYTES
    assert any(each.data for each in pictures)
    assert all(each.title == "rates.example GET /v1/rates response: shot" for each in pictures)


def test_a_service_may_keep_its_pictures_and_texts_to_itself():
    found = sampled(images=False, text=0, fields=("make",))
    shown = [each for pair in found.pairs for side in pair if side for each in side.shown]
    assert not any(each.data for each in shown)
    assert any(each.kind == PICTURE and "png of" in each.text for each in shown)
    assert {dict(side.values)["make"] for pair in found.pairs for side in pair if side} == {"•••"}


def test_a_large_picture_is_made_small_where_somebody_can():
    scene, causes = opened()
    tiny = picture("JPEG", size=8, secret=False)
    found = samples_of(scene, causes, Redaction(), smaller=lambda data: tiny if len(data) > 8_192 else data)
    media = {each.media for pair in found.pairs for side in pair if side for each in side.shown if each.data}
    assert media <= {"image/jpeg", "image/png"}
    assert "image/png" in media


def test_a_hundred_pictures_take_no_more_than_they_may():
    scene, causes = opened()
    wide = np.random.default_rng(0).bytes(7_000)
    bulky = picture("JPEG", secret=False)[:-2] + wide.replace(b"\xff", b"\x00") + b"\xff\xd9"
    table = scene.case.payloads
    assert table is not None
    body = json.dumps({"shots": [b64encode(bulky).decode()] * 9}).encode()
    many = table.set_column(9, "body", pa.array([body] * table.num_rows, pa.binary()))
    found = samples_of(replace(scene, case=replace(scene.case, payloads=many)), causes, Redaction())
    kept = [each for pair in found.pairs for side in pair if side for each in side.shown if each.data]
    assert 0 < sum(len(each.data) for each in kept) <= MOST_BYTES
    assert max(len(side.shown) for pair in found.pairs for side in pair if side) <= 8


def test_rows_that_miss_what_a_source_went_empty_of_are_chosen():
    case = make_case(World(seed=1, fault="empty", lead_rows=600, reference_rows=2_400, current_rows=1_800))
    scene = open_scene(case)
    assert scene is not None
    causes = diagnose(case).causes
    found = samples_of(scene, causes, Redaction())
    assert all(dict(now.values)["people.norm"] == "" for _, now in found.pairs if now)
    assert all(dict(before.values)["people.norm"] != "" for before, _ in found.pairs if before)
    assert all(len(side.values) <= MOST_VALUES for pair in found.pairs for side in pair if side)
    assert all(not side.shown for pair in found.pairs for side in pair if side)


def test_without_a_cause_a_past_or_a_document_there_are_samples_all_the_same():
    scene, causes = opened()
    assert samples_of(scene, (), Redaction()).telling == 0
    version = msgspec.structs.replace(causes[0], kind=CauseKind.MODEL_VERSION, subject="v1")
    assert len(samples_of(scene, (version,), Redaction()).pairs) == PAIRS
    nothing = samples_of(replace(scene, case=replace(scene.case, payloads=None)), causes, Redaction())
    assert not any(side.shown for pair in nothing.pairs for side in pair if side)
    table = scene.case.payloads
    assert table is not None
    broken = table.set_column(9, "body", pa.array([b"{"] * table.num_rows, pa.binary()))
    torn = samples_of(replace(scene, case=replace(scene.case, payloads=broken)), causes, Redaction())
    assert not any(side.shown for pair in torn.pairs for side in pair if side)
    part = replace(scene.finding, mask=scene.finding.mask & scene.rows.now)
    young = samples_of(replace(scene, finding=part), causes, Redaction())
    assert all(before is not None for before, _ in young.pairs)
    assert young.of_before == int((~scene.rows.now).sum())
