from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from aright.core.model.incident import State
from aright.engine.operations import Happening

pytestmark = pytest.mark.browser

INCIDENT = "/incidents/INC-7"


def test_what_happens_shows_without_a_reload_and_disturbs_nobody(visitor, site):
    page = visitor.open("/incidents/INC-8")
    page.evaluate("window.sameDocument = true")
    note = page.get_by_label("Write into the timeline")
    note.fill("half a sent")
    note.focus()
    page.locator("details.more > summary").first.click()
    folded = page.locator("details.more").first
    was_open = folded.get_attribute("open")
    note.focus()

    site.operations.acknowledge("INC-8", by="Grace")

    expect(page.locator(".lead")).to_contain_text("Grace is on it")
    expect(page.locator("#timeline")).to_contain_text("Grace took it on.")
    assert page.evaluate("window.sameDocument") is True
    assert note.input_value() == "half a sent"
    assert page.evaluate("document.activeElement.id") == "note"
    assert folded.get_attribute("open") == was_open
    note.press_sequentially("ence")
    note.press("Enter")
    expect(page.locator("#timeline .events").first).to_contain_text("half a sentence")
    expect(note).to_have_value("")


def test_a_closed_window_moves_the_charts(visitor, site):
    page = visitor.open(INCIDENT)
    expect(page.locator(".moving canvas")).to_have_count(6)
    expect(page.locator("#clock-title")).to_contain_text("10:12:00 UTC")

    with page.expect_response(re.compile("/series$")):
        site.operations.advance(site.operations.at + 60_000_000)

    expect(page.locator("#clock-title")).to_contain_text("10:13:00 UTC")
    expect(page.locator(".moving canvas")).to_have_count(6)
    for other in (Happening(kind="window", key="another"), Happening(kind="incident", key="INC-8")):
        site.operations.happenings.tell(other)


def test_charts_come_alive_with_the_first_window(visitor, site):
    kept, site.operations.kept_points = site.operations.kept_points, []
    process, site.operations.kept_process = site.operations.kept_process, []
    page = visitor.open(INCIDENT)
    expect(page.locator("#clock")).to_contain_text("No window of this time has been closed yet")

    site.operations.kept_points, site.operations.kept_process = kept, process
    site.operations.happenings.tell(Happening(kind="window", key="ranker"))
    expect(page.locator(".moving canvas")).to_have_count(6)


def test_a_lost_stream_is_said_in_words(visitor, site):
    page = visitor.open(INCIDENT)
    site.stop()

    expect(page.locator("#live")).to_have_text("not live: trying again")
    visitor.wrong.clear()


def test_only_the_name_letter_by_letter_carries_it_out(visitor, site):
    page = visitor.open(INCIDENT)
    field = page.locator("#confirm-1")
    field.fill("Ranker")
    expect(page.locator(".armed")).to_have_count(0)
    page.get_by_role("button", name="Carry out").first.click()

    expect(page.get_by_role("alert")).to_contain_text("is not the service's name")
    assert site.operations.incident("INC-7").state is State.TRIAGED

    field.fill("ranker")
    expect(page.locator(".armed")).to_have_count(1)
    field.press("Enter")
    expect(page.locator(".rail [aria-current=step]")).to_have_text("monitoring")
    expect(page.locator("#act .attempt").first).to_contain_text("sent")
    assert site.operations.incident("INC-7").mitigations[-1].by == "Ada"


def test_a_dry_run_changes_nothing_and_shows_what_it_saw(visitor, site):
    page = visitor.open(INCIDENT)
    page.get_by_role("button", name="Dry run").first.click()

    expect(page.locator("#act .attempt")).to_have_count(2)
    assert site.operations.incident("INC-7").state is State.TRIAGED


def test_the_keyboard_reaches_everything(visitor):
    page = visitor.open(INCIDENT)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.locator("#strips").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")

    expect(page.locator(".readout").first).to_have_text(
        re.compile(r"^10:1\d:\d\d\s+region = north [\d.]+\u202f%")
    )
    expect(page.locator("#readout")).to_have_text(re.compile("Click quality 10:1"))
    summary = page.locator(".cause > summary").nth(1)
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cause").nth(1)).to_have_attribute("open", "")
    page.locator(".arithmetic summary").press("Enter")
    expect(page.get_by_text("412 of 1,330 users hit")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("412 of 1,330 users hit")).to_be_hidden()


def test_a_selected_span_travels_with_the_address(visitor):
    page = visitor.open(INCIDENT)
    plot = page.locator(".moving .u-over").first
    plot.wait_for()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 40, steps=4)
    page.mouse.up()

    expect(page).to_have_url(re.compile(r"\?from=\d+&to=\d+"))
    page.reload()
    expect(page.get_by_role("button", name="show all")).to_be_visible()
    page.get_by_role("button", name="show all").click()
    expect(page).not_to_have_url(re.compile("from="))


def test_a_link_to_evidence_opens_what_it_stands_in(visitor):
    page = visitor.open(INCIDENT)
    expect(page.locator("#E7")).to_be_hidden()
    page.goto(page.url + "#E7")

    expect(page.locator("#E7")).to_be_visible()


def test_the_local_time_shows_on_hover(visitor):
    page = visitor.open(INCIDENT)
    time = page.locator("#timeline time").first
    expect(time).to_have_text("10:04:40")
    time.hover()

    expect(time).to_have_attribute("title", re.compile("5:04:40"))


@pytest.mark.parametrize("path", [INCIDENT, "/incidents/INC-7/post-mortem", "/"])
def test_everything_is_there_without_scripts(chromium, site, path):
    site.operations.resolve("INC-7", by="Ada", confirm=site.operations.incident("INC-7").service)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + path)
    page.get_by_label("Token").fill("right-token")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Enter").click()

    expect(page).to_have_url(site.address + path)
    if path != "/":
        expect(page.locator(".strip-picture").first).to_be_visible()
    if path == INCIDENT:
        page.get_by_label("Write into the timeline").fill("by hand")
        page.get_by_role("button", name="Write").click()
        expect(page.locator("#timeline")).to_contain_text("by hand")
    context.close()
