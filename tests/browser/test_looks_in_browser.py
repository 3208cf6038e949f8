from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visitor
from tests.unit.web.example_storm import silenced, storm
from tests.unit.web.fake import busy, empty, releasing

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "axe-core-4.14.1"
LOOKS = {"light and wide": ("light", 1400, 900), "dark and narrow": ("dark", 390, 844)}
PAGES = {
    "incident": (busy, "/incidents/INC-7"),
    "young incident": (busy, "/incidents/INC-8"),
    "incident that is over": (lambda: busy(resolved=True), "/incidents/INC-7"),
    "post-mortem": (lambda: busy(resolved=True), "/incidents/INC-7/post-mortem"),
    "list": (busy, "/"),
    "nothing yet": (empty, "/"),
    "storm": (storm, "/incidents/INC-7"),
    "silences": (silenced, "/silences"),
    "evidence": (busy, "/incidents/INC-7/evidence/E2"),
    "release": (releasing, "/releases/REL-12"),
    "release that is held": (releasing, "/releases/REL-13"),
    "release that was rolled back": (releasing, "/releases/REL-11"),
    "releases": (releasing, "/releases"),
    "list with releases": (releasing, "/"),
}


@pytest.fixture(scope="module")
def engines():
    """One server per engine for all looks: nothing is changed here."""
    made: dict[str, Site] = {}
    for name, (engine, _) in PAGES.items():
        made[name] = Site(engine())
    yield made
    for each in made.values():
        each.stop()


def violations(page):
    page.evaluate((AXE / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize(
    ("name", "look"),
    [
        *((name, look) for name in ("incident that is over", "post-mortem", "list") for look in LOOKS),
        ("incident", "light and wide"),
        ("young incident", "dark and narrow"),
        ("nothing yet", "dark and narrow"),
        *((name, look) for name in ("storm", "silences", "evidence") for look in LOOKS),
        *((name, look) for name in ("release", "releases") for look in LOOKS),
        ("release that is held", "dark and narrow"),
        ("release that was rolled back", "light and wide"),
        ("list with releases", "dark and narrow"),
    ],
)
def test_a_page_is_accessible_and_fits(chromium, engines, name, look):
    theme, width, height = LOOKS[look]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    visitor = Visitor(context.new_page(), engines[name])
    page = visitor.open(PAGES[name][1], live=name != "evidence")
    if name == "incident":
        page.locator(".moving canvas").first.wait_for()
    if name == "evidence":
        page.locator("#now table").wait_for()
    for folded in page.locator("main details:not([open]) > summary").all():
        if folded.is_visible():
            folded.click()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    visitor.check()
    context.close()


@pytest.mark.parametrize("path", ["/enter", "/enter/spent", "/nowhere"])
def test_the_door_is_accessible(chromium, engines, path):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(engines["list"].address + path)

    assert violations(page) == []
    context.close()


def test_the_colours_are_the_systems_until_somebody_chooses(visitor):
    page = visitor.open("/")
    background = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(background)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(background)
    assert dark != light
    toggle = page.locator("#theme")
    toggle.click()
    expect(toggle).to_contain_text("light")
    toggle.click()
    expect(toggle).to_contain_text("dark")

    assert page.evaluate(background) == dark
    page.reload()
    assert page.evaluate(background) == dark
    expect(toggle).to_have_accessible_name("dark colours")
    toggle.click()
    assert page.evaluate(background) == light


def test_the_checker_is_the_one_that_was_looked_at():
    for line in (AXE / "SHA256SUMS").read_text().splitlines():
        expected, name = line.split("  ", 1)
        assert hashlib.sha256((AXE / name).read_bytes()).hexdigest() == expected
