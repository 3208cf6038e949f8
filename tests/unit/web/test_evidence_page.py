from __future__ import annotations

import msgspec
import pyarrow as pa
import pytest

from aright.core.model.columns import TIME
from aright.core.model.evidence import StepState
from aright.core.model.incident import Hit
from aright.core.model.times import SECOND
from aright.engine.operations import UnknownError
from aright.server.gate import Visitor
from aright.web.diagnosis import diagnosis_part
from aright.web.evidence import evidence_page
from aright.web.pictures.cascade import Lane, cascade
from aright.web.render import render
from tests.unit.web import example
from tests.unit.web.example_diagnosis import DIAGNOSIS, REPLAYED
from tests.unit.web.example_times import NOW, ONSET
from tests.unit.web.fake import busy

replace = msgspec.structs.replace
VISITOR = {"visitor": Visitor("Ada", "", ""), "form_token": ""}


def changed(**parts):
    return replace(example.INCIDENT, diagnosis=replace(DIAGNOSIS, **parts))


@pytest.fixture
def operations():
    return busy()


def read(page):
    assert page.read is not None
    return page.read


def shown(page):
    return render("evidence.html", page=page, **VISITOR)


def test_before_it_is_read_a_page_says_that_rows_are_on_their_way(operations):
    page = evidence_page(operations, "INC-7", "E2", read=False, now=40)

    assert page.read is None
    text = shown(page)
    assert "Reading the rows…" in text
    assert 'hx-get="/incidents/INC-7/evidence/E2?read=1&amp;now=40"' in text


def test_what_gives_the_number_stands_first(operations):
    page = evidence_page(operations, "INC-7", "E2", read=True)
    rows = read(page)

    assert next((view.profile.name, view.gives) for view in rows.columns) == ("feat.profiles.norm", "missing")
    assert {view.profile.name for view in rows.columns} == {"feat.profiles.norm", "fallback", "outcome.click"}
    assert rows.now.names[:3] == ("time", "feat.profiles.norm", "text")
    assert rows.now.names[-1] == "attr.region", "what is filtered by is the same in all rows"
    text = shown(page)
    assert "gives the number: missing" in text
    assert "ann@example.org" not in text
    assert "SELECT * FROM predictions" in text


def test_rows_of_the_same_units_say_that_they_are(operations):
    operations.evidence.chosen, operations.evidence.because = "units", "These are what the same 8 were given."
    text = shown(evidence_page(operations, "INC-7", "E2", read=True))
    assert "These are what the same 8 were given." in text
    assert "before, the same units</span>" in text
    operations.evidence.before = operations.evidence.before.slice(0, 0)
    text = shown(evidence_page(operations, "INC-7", "E2", read=True))
    assert "were given. There is nothing to set beside the rows now." in text


def test_rows_are_paged_side_by_side(operations):
    page = read(evidence_page(operations, "INC-7", "E2", read=True, now=20, before=-7))

    assert (page.now.first, page.now.last) == (21, 40)
    assert page.now.earlier == "/incidents/INC-7/evidence/E2?read=1#now"
    assert page.now.later == "/incidents/INC-7/evidence/E2?read=1&now=40#now"
    assert page.before.earlier == ""
    assert page.before.later == "/incidents/INC-7/evidence/E2?read=1&now=20&before=20#before"
    assert page.now.files["csv"].startswith("/v1/incidents/INC-7/evidence/E2/rows?side=now&format=csv")
    beyond = evidence_page(operations, "INC-7", "E2", read=True, now=10_000)
    assert (read(beyond).now.first, read(beyond).now.body) == (0, ())
    assert "There are only 120 rows" in shown(beyond)


def test_a_side_without_rows_says_what_that_means(operations):
    operations.evidence.before = operations.evidence.before.slice(0, 0)
    text = shown(evidence_page(operations, "INC-7", "E2", read=True))

    assert "selects no row of the reference" in text
    operations.evidence.now = operations.evidence.now.slice(0, 0)
    text = shown(evidence_page(operations, "INC-7", "E2", read=True))
    assert "No such row is stored any more" in text
    assert "no column of them holds a value" in text


def test_what_rests_on_no_rows_and_what_cannot_be_read_say_so(operations):
    assert "This was not read off rows" in shown(evidence_page(operations, "INC-7", "E3", read=True))
    operations.evidence.problem = "others are looking at rows just now"
    page = evidence_page(operations, "INC-7", "E2", read=True)
    assert "others are looking at rows just now" in shown(page)
    for key, name in (("INC-7", "E99"), ("INC-8", "E1"), ("INC-99", "E1")):
        with pytest.raises(UnknownError):
            evidence_page(operations, key, name, read=True)


def test_wide_rows_are_cut_and_the_rest_is_counted(operations):
    wide = {f"feat.f{number}": [float(number), 1.0] for number in range(60)}
    operations.evidence.now = pa.table({"time": pa.array([NOW, NOW], TIME), "empty": [None, None], **wide})
    operations.evidence.before = operations.evidence.now.slice(0, 0)
    page = evidence_page(operations, "INC-7", "E2", read=True)

    assert len(read(page).now.names) == 24
    assert read(page).now.left_out == 37
    assert "37 further columns in these files" in shown(page)


def test_the_five_steps_stand_where_they_are():
    part = diagnosis_part(example.INCIDENT)

    assert [(step.name, step.state) for step in part.steps] == [
        ("scope", "done"),
        ("pipeline", "nothing to look at"),
        ("inputs", "done"),
        ("dependencies", "done"),
        ("shadow", "over budget"),
    ]
    assert [step.took for step in part.steps][:2] == ["65\u202fms", ""]
    assert not part.busy
    assert part.rows == "E1"
    assert len({step.glyph for step in part.steps}) == 3


def test_before_the_first_diagnosis_all_steps_wait_and_afterwards_none():
    assert [step.state for step in diagnosis_part(example.YOUNG).steps] == ["waiting"] * 5
    assert diagnosis_part(example.YOUNG).busy
    assert diagnosis_part(example.OLD).steps == ()
    assert diagnosis_part(changed(steps=())).steps == ()
    one = replace(DIAGNOSIS.steps[0], state="never heard of")
    assert diagnosis_part(changed(steps=(one,))).steps[0].glyph == "dot"
    running = StepState(step=DIAGNOSIS.steps[0].step, state="running")
    assert diagnosis_part(changed(steps=(running,))).busy


def test_lanes_know_their_onsets_by_suspect_then_cause_then_hit():
    lanes = diagnosis_part(example.INCIDENT).lanes

    assert [(lane.name, lane.onset) for lane in lanes] == [
        ("profiles-store", ONSET - 20 * SECOND),
        ("profiles", ONSET),
        ("ranker", example.INCIDENT.began_at),
    ]
    assert [(lane.first, lane.hit, lane.own) for lane in lanes] == [
        (True, False, True),
        (False, False, False),
        (False, True, None),
    ]
    hits = (Hit(service="desk", onset=5, at=6),)
    other = replace(changed(path=("nobody", "desk"), suspects=()), hits=hits)
    assert [lane.onset for lane in diagnosis_part(other).lanes] == [0, 5]


def test_many_suspects_and_long_paths_are_cut():
    many = tuple(replace(DIAGNOSIS.suspects[0], service=f"s{number}") for number in range(9))
    part = diagnosis_part(changed(suspects=many, path=tuple(each.service for each in many)))

    assert (len(part.suspects), part.further, len(part.lanes)) == (6, 3, 8)


def test_a_cascade_is_told_to_ears_too():
    lanes = [
        Lane("a", 100 * SECOND, own=True, first=True, hit=False),
        Lane("b", 0, own=None, first=False, hit=False),
        Lane("c", 160 * SECOND, own=None, first=False, hit=True),
    ]
    drawn = str(cascade(lanes))

    assert "It began in a at 00:01:40, then b, then c at 00:02:40" in drawn
    assert "onset not found" in drawn
    assert "+1\u202fmin" in drawn
    assert drawn.count('class="fell"') == 2
    assert str(cascade([Lane("a", 0, own=None, first=True, hit=True)])).count('class="onset"') == 0


def test_a_replay_marks_its_answer():
    part = diagnosis_part(example.INCIDENT)

    assert part.replay is not None
    assert [[cell.name for cell in row if cell.chosen] for row in part.replay.cells] == [["data"], []]
    unclear = changed(replayed=replace(REPLAYED, verdict="unclear", effects=()))
    replay = diagnosis_part(unclear).replay
    assert replay is not None
    assert not any(cell.chosen for row in replay.cells for cell in row)


def test_a_column_that_is_missing_on_one_side_stands_on_both(operations):
    bare = operations.evidence.now
    at = bare.column_names.index("feat.profiles.norm")
    operations.evidence.now = bare.set_column(at, "feat.profiles.norm", pa.nulls(bare.num_rows, pa.float32()))
    rows = read(evidence_page(operations, "INC-7", "E2", read=True))

    assert rows.now.names == rows.before.names
    assert {row[rows.now.names.index("feat.profiles.norm")] for row in rows.now.body} == {""}
