"""Curves of two trainings as a picture: bounded, harmless, and told in words, too."""

import re

from aright.core.model.curves import Curve, CurvePair, curve_of, drawn
from aright.core.model.evidence import Evidence, Step
from aright.web.pictures.curves import curve_pair
from aright.web.render import environment


def curve(*values):
    return Curve(steps=tuple(range(len(values))), values=values, last=len(values) - 1)


def test_both_curves_are_drawn_and_the_parting_is_told():
    markup = str(
        curve_pair(CurvePair(name="loss", before=curve(3.0, 2.0, 1.0), now=curve(3.0, 4.0), parted=1))
    )

    assert 'class="line all" d="M0 ' in markup
    assert 'class="line hit" d="M0 ' in markup
    assert "loss, steps 0 to 2: parts at step 1" in markup
    assert 'class="mark onset" d="M500.0 0V84"' in markup


def test_a_curve_that_runs_away_leaves_the_picture_at_its_edge():
    markup = str(curve_pair(CurvePair(name="loss", before=curve(1.0, 0.0), now=curve(1.0, 1e300))))

    assert ">4<" in markup
    assert all(float(y) <= 84 for _, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", markup))


def test_curves_of_nothing_endless_ranges_and_odd_names_do_no_harm():
    nothing = Curve(steps=(), values=(), last=0, broken=0)
    curve_pair(CurvePair(name="loss", before=nothing, now=nothing))
    markup = curve_pair(CurvePair(name="<script>", before=curve(-1.7e308, 1.7e308), now=nothing, parted=0))
    assert "<script>" not in markup


def test_a_picture_is_small():
    long = curve_of([(step, float(step % 97)) for step in range(200_000)])
    assert long is not None
    markup = curve_pair(CurvePair(name="loss", before=drawn(long, 80), now=drawn(long, 80)))

    assert len(str(markup)) < 4_000


def test_the_curves_stand_beside_the_finding_that_tells_of_them():
    pair = CurvePair(name="<loss>", before=curve(3.0, 2.0, 1.0), now=curve(3.0, 4.0), parted=1)
    found = Evidence(id="E1", step=Step.PIPELINE, text="Version v2 …", rows="", curves=(pair,))
    page = '{% from "macros.html" import evidence %}{{ evidence(each, [], "INC-1") }}'
    markup = environment().from_string(page).render(each=found)

    assert "&lt;loss&gt; by step, parts at step 1" in markup
    assert markup.count("<svg") == 2
