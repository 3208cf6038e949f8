from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.incident import State
from aright.core.model.postmortem import Bone, Why
from aright.web.pictures.bars import change_bar, share_bar
from aright.web.pictures.fishbone import CATEGORIES, fishbone
from aright.web.pictures.glyphs import glyph, severity
from aright.web.pictures.strip import axis, flags, strip, summary
from aright.web.pictures.svg import breadth, path, tag, wrap
from aright.web.pictures.whys import whys_graph
from aright.web.strips import gather
from aright.web.words import clean
from tests.unit.web import example
from tests.unit.web.example_learning import POST_MORTEM
from tests.unit.web.example_times import LATER
from tests.unit.web.fake import busy

HOSTILE = st.text(max_size=300)


def parsed(svg):
    """Return the picture as XML, which is stricter than browsers are."""
    return ET.fromstring(str(svg))  # noqa: S314  drawn here, and that it parses is the point


def texts(svg):
    return ["".join(each.itertext()) for each in parsed(svg).iter("text")]


@pytest.fixture(scope="module")
def strips():
    return gather(busy(resolved=True), example.RESOLVED, example.SERVICE, LATER)


@given(HOSTILE, HOSTILE)
@settings(deadline=None, max_examples=60)
def test_any_text_stays_text(inside, attribute):
    found = parsed(tag("text", inside, aria_label=attribute))

    assert found.tag == "text"
    assert list(found) == []


@given(HOSTILE, st.floats(40, 900), st.booleans())
@settings(deadline=None, max_examples=60)
def test_wrapped_text_fits_and_loses_nothing_while_there_is_room(text, width, bold):
    made = wrap(text, width, 10, lines=10_000, bold=bold)

    assert all(breadth(line, 10, bold=bold) <= width for line in made if len(line) > 1)
    assert "".join("".join(made).split()) == "".join(clean(text).split())


def test_text_without_end_is_cut():
    made = wrap("word " * 1_000, 100, 10, lines=3)

    assert len(made) == 3
    assert made[-1].endswith("…")


@given(st.lists(st.none() | st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=30))
@settings(deadline=None, max_examples=60)
def test_a_line_is_drawn_through_every_point(points):
    drawn = path(points)

    assert drawn.count("M") + drawn.count("L") == sum(point is not None for point in points)


def test_a_strip_shows_lines_band_baseline_and_marks(strips):
    svg = strip(strips, strips.panels[0], 128)
    classes = [each.get("class", "") for each in parsed(svg).iter()]

    assert classes.count("line hit") == 1
    assert classes.count("line all") == 1
    assert "band" in classes
    assert "baseline" in classes
    assert [name for name in classes if name.startswith("mark ")] == [
        "mark onset",
        "mark declared",
        "mark mitigated",
        "mark resolved",
    ]
    assert "style" not in str(svg)
    assert parsed(svg).get("aria-label") == summary(strips, strips.panels[0])


def test_a_strip_says_in_words_what_it_shows(strips):
    said = summary(strips, strips.panels[0])

    assert said.startswith("Click quality: region = north from ")
    assert "before the onset 31\u202f% on average" in said
    assert said.endswith("UTC.")


def test_lines_stay_within_their_strip(strips):
    for panel in strips.panels:
        for each in parsed(strip(strips, panel, 72)).iter("path"):
            if each.get("class", "").startswith("line"):
                numbers = [float(x) for x in re.findall(r"-?\d+\.?\d*", each.get("d", ""))]
                assert all(-0.1 <= y <= 72.1 for y in numbers[1::2])
                assert all(-0.1 <= x <= 1000.1 for x in numbers[0::2])


def test_the_axis_has_round_times_that_do_not_crowd(strips):
    shown = texts(axis(strips))

    assert shown == ["09:50", "10:00", "10:10", "10:20"]


def test_flags_that_would_touch_go_to_another_row(strips):
    near = msgspec.structs.replace(
        strips,
        marks=tuple(
            msgspec.structs.replace(mark, at=strips.start + i) for i, mark in enumerate(strips.marks)
        ),
    )
    heights = {circle.get("cy") for circle in parsed(flags(near)).iter("circle")}

    assert len(heights) == 4
    assert len({circle.get("cy") for circle in parsed(flags(strips)).iter("circle")}) == 1


@pytest.mark.parametrize("width", [1000.0, 350.0])
def test_the_fishbone_has_every_category_and_says_all_in_words(width):
    svg = fishbone(POST_MORTEM.bones, effect=POST_MORTEM.title, width=width)
    shown = texts(svg)

    assert [name for name in CATEGORIES if name not in shown] == []
    assert "not looked at" in shown
    said = parsed(svg).get("aria-label", "")
    assert all(f"{bone.text} ({bone.status})" in said for bone in POST_MORTEM.bones)


@pytest.mark.parametrize("width", [1000.0, 350.0])
def test_a_fishbone_of_nothing_and_of_too_much_is_still_one(width):
    assert texts(fishbone((), effect="", width=width)).count("not looked at") == len(CATEGORIES)
    many = [Bone(category="Data", text="x" * 500, status="cause") for _ in range(100)]
    tall = parsed(fishbone(many, effect="y" * 5_000, width=width))
    assert float(tall.get("height", 0)) < 1_200


@pytest.mark.parametrize("width", [820.0, 350.0])
def test_every_why_cites_or_says_that_it_is_assumed(width):
    svg = parsed(whys_graph(POST_MORTEM.whys, incident="INC-7", width=width))
    nodes = [each for each in svg if each.tag == "g"]

    assert [node.get("class") for node in nodes] == ["cited"] * 4 + ["assumed"]
    links = [each.get("href") for each in svg.iter("a")]
    assert links[0] == "/incidents/INC-7#E1"
    assert len(links) == sum(len(why.evidence) for why in POST_MORTEM.whys)
    assert "assumed: no evidence" in "".join(nodes[-1].itertext())


def test_a_why_of_a_thousand_words_keeps_its_box():
    long = Why(question="why " * 500, answer="because " * 500, evidence=tuple(f"E{i}" for i in range(50)))

    assert float(parsed(whys_graph([long], incident="INC-7")).get("height", 0)) < 400
    assert parsed(whys_graph((), incident="INC-7")).tag == "svg"


@given(st.floats(), st.floats(), st.floats(), st.floats())
@settings(deadline=None, max_examples=60)
def test_bars_stay_in_their_place_whatever_they_are_given(a, b, c, d):
    pictures = (share_bar(a, low=b, high=c), change_bar(a, b, top=d, low=c, high=a, unit="share", role="hit"))
    for picture in pictures:
        shares = [float(x) for x in re.findall(r'"(-?[\d.]+)%"', str(picture))]
        assert all(0 <= share <= 100 for share in shares)
        parsed(picture)


def test_an_interval_is_told_to_those_who_do_not_see_it():
    said = parsed(change_bar(0.3, 0.1, top=1, low=0.05, high=0.15, unit="share", role="hit")).get(
        "aria-label"
    )

    assert said == "from 30\u202f% to 10\u202f%, 95\u202f% interval 5.0\u202f% to 15\u202f%"


def test_every_state_has_a_shape_of_its_own():
    shapes = [re.search(r' d="([^"]+)"', str(glyph(state.value))) for state in State]

    assert len({shape[1] for shape in shapes if shape}) == len(State)
    assert "dot" in str(glyph("no such"))
    assert 'class="glyph dot"' in str(glyph('"><x'))


def test_severity_is_a_number_of_bars_and_a_word():
    assert [str(severity(level)).count('class="on"') for level in (1, 2, 3, 4)] == [4, 3, 2, 1]
    assert "SEV2" in str(severity(2))
