from __future__ import annotations

import msgspec
import pytest
from playwright.sync_api import expect

from aright.core.model.evidence import Step, StepState
from aright.engine.operations import Happening
from tests.unit.web.example_diagnosis import DIAGNOSIS

pytestmark = pytest.mark.browser


def test_a_number_is_opened_down_to_its_rows(visitor):
    page = visitor.open("/incidents/INC-7")
    page.get_by_role("link", name="see the rows of E2").click()

    expect(page).to_have_url(visitor.site.address + "/incidents/INC-7/evidence/E2")
    expect(page.get_by_role("heading", name="Rows now")).to_be_visible()
    expect(page.locator("#now tbody tr")).to_have_count(20)
    expect(page.locator("tr.gives")).to_contain_text("feat.profiles.norm")

    page.get_by_role("link", name="later → rows now").click()
    expect(page.locator("#now .line")).to_contain_text("rows 21 to 40 of 120")
    expect(page.locator("#before .line")).to_contain_text("rows 1 to 20 of 240")
    with page.expect_download() as started:
        page.locator("#now").get_by_role("link", name="CSV of the rows now").click()
    assert started.value.suggested_filename == "rows-now.csv"


def test_the_query_is_copied_by_a_button(visitor):
    page = visitor.open("/incidents/INC-7/evidence/E2", live=False)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="copy the query for rows now")
    button.click()

    expect(page.get_by_role("button", name="copied")).to_be_visible()
    said = page.evaluate("navigator.clipboard.readText()")
    assert said.startswith("SELECT * FROM predictions\nWHERE ")


def test_rows_that_cannot_be_read_say_why(visitor):
    visitor.site.operations.evidence.problem = "looking for the rows took more than 20 s"
    page = visitor.open("/incidents/INC-7/evidence/E2", live=False)

    expect(page.get_by_role("alert")).to_contain_text("took more than 20 s")
    expect(page.locator("pre.sql")).to_contain_text("IS NULL")


def test_a_diagnosis_is_seen_as_it_comes(visitor):
    operations = visitor.site.operations
    whole = operations.known["INC-7"]
    running = tuple(
        StepState(step=each.step, state="done" if each.step is Step.SCOPE else "running")
        for each in DIAGNOSIS.steps
    )
    partial = msgspec.structs.replace(
        DIAGNOSIS, steps=running, causes=(), suspects=(), path=(), replayed=None
    )
    operations.known["INC-7"] = msgspec.structs.replace(whole, diagnosis=partial)
    page = visitor.open("/incidents/INC-7")
    expect(page.locator(".steps .running")).to_have_count(4)
    expect(page.locator("#began")).to_have_count(0)

    operations.known["INC-7"] = whole
    operations.happenings.tell(Happening(kind="incident", key="INC-7"))
    expect(page.locator(".steps .running")).to_have_count(0)
    expect(page.locator("#began .cascade")).to_be_visible()
    expect(page.locator("#replayed .chosen")).to_contain_text("data")
