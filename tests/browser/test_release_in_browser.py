from __future__ import annotations

import pytest
from playwright.sync_api import expect

from aright.core.model.release import ReleaseState
from aright.engine.release_operations import Order
from tests.browser.conftest import Site, Visitor
from tests.unit.web.fake import releasing

pytestmark = pytest.mark.browser

RELEASE = "/releases/REL-12"


@pytest.fixture
def site():
    made = Site(releasing())
    yield made
    made.stop()


@pytest.fixture
def visitor(chromium, site):
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    made = Visitor(context.new_page(), site)
    yield made
    made.check()
    context.close()


def test_only_the_name_letter_by_letter_rolls_back(visitor, site):
    page = visitor.open(RELEASE)
    field = page.locator("#confirm-roll_back")
    field.fill("Card-check")
    expect(page.locator(".armed")).to_have_count(0)
    page.locator("#act").get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("alert")).to_contain_text("is not the service's name")

    field.fill("card-check")
    expect(page.locator(".armed")).to_have_count(1)
    field.press("Enter")
    expect(page.locator(".lead")).to_contain_text("rolling back")
    assert site.operations.releases.release("REL-12").state is ReleaseState.ROLLING_BACK


def test_a_page_hears_of_its_release_and_a_dry_run_stays_until_it_is_read(visitor, site):
    page = visitor.open(RELEASE)
    known = site.operations.releases

    page.get_by_role("button", name="Dry run").first.click()
    expect(page.locator("#tried")).to_contain_text("The router is told")
    page.get_by_role("link", name="go on live").click()
    page.wait_for_selector("#live[data-state=live]")
    page.evaluate("window.sameDocument = true")
    known.order("REL-12", Order(what="pause", by="Grace"))
    expect(page.locator(".lead")).to_contain_text("paused by Grace")
    assert page.evaluate("window.sameDocument") is True
    assert known.release("REL-12").state is ReleaseState.CANARY


def test_the_list_hears_of_releases(visitor, site):
    page = visitor.open("/releases")
    page.evaluate("window.sameDocument = true")
    site.operations.releases.order("REL-14", Order(what="stop", by="Grace"))
    expect(page.locator("#page")).to_contain_text("Grace stopped it.")
    assert page.evaluate("window.sameDocument") is True
