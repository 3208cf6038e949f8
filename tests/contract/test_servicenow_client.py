"""ServiceNow's own client on the fake that our channel is held to: both see the same."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pysnc
import pytest

from tests.contract.authority import authority
from tests.contract.fake_servicenow import PASSWORD, USER, FakeServiceNow, limited
from tests.contract.fake_servicenow_oauth import CLIENT, CLIENT_SECRET
from tests.contract.fake_servicenow_plan import Plan
from tests.contract.listening import Reply, listen
from tests.contract.telling_servicenow import ROOT, keeping, only, told

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def asking(fake: FakeServiceNow) -> Iterator[pysnc.ServiceNowClient]:
    """ServiceNow's own client on the same fake; where the environment names authorities, it heeds that."""
    with listen(fake.answer, authority().server) as listener, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(authority().ca_file))
        client = pysnc.ServiceNowClient(listener.url, (USER, PASSWORD))
        try:
            yield client
        finally:
            client.session.close()


def test_its_own_client_finds_and_changes_what_the_channel_made():
    fake = FakeServiceNow()
    with keeping(fake) as channel, asking(fake) as client:
        channel.deliver(told(severity=1))
        record = client.GlideRecord("incident")
        assert record.get("correlation_id", ROOT)
        assert record.get_value("priority") == "1"
        record.set_value("priority", "4")
        record.set_value("state", "6")
        with pytest.raises(pysnc.exceptions.RoleException, match="mandatory"):
            record.update()
        record.set_value("close_code", "Solved")
        record.set_value("close_notes", "done by hand")
        record.set_value("work_notes", "have a look")
        record.update()
        assert record.get_value("priority") == "1"
        assert record.get_display_value("state") == "Resolved"
        channel.deliver(told("note", text="noted"))
        assert record.get(str(record.sys_id))
        assert record.get_display_value("work_notes").startswith("2027-01-15 08:00:00 - aright.integration")
    assert only(fake)["close_notes"] == "done by hand"


def test_its_own_client_pages_sorts_and_deletes():
    fake = FakeServiceNow()
    with asking(fake) as client:
        record = client.GlideRecord("incident")
        for number in range(5):
            record = client.GlideRecord("incident")
            record.initialize()
            record.set_value("short_description", f"no. {number}")
            record.set_value("impact", str(number % 3 + 1))
            assert record.insert()
        listed = client.GlideRecord("incident", batch_size=2)
        listed.add_query("impact", "IN", "1,2")
        listed.add_query("number", ">", "INC0010001")
        listed.order_by_desc("number")
        listed.query()
        assert len(listed) == 3
        assert [str(row.short_description) for row in listed] == ["no. 4", "no. 3", "no. 1"]
        assert record.delete()
        assert not client.GlideRecord("incident").get(str(record.sys_id))
    assert len(fake.incidents) == 4


def test_its_own_client_makes_two_where_an_answer_is_lost():
    fake = FakeServiceNow(plan=Plan(first=["drop_after"]))
    with asking(fake) as client:
        record = client.GlideRecord("incident")
        record.initialize()
        record.set_value("correlation_id", ROOT)
        with pytest.raises(OSError, match=r"."):  # it gives up: whoever calls it tries again, as people do
            record.insert()
        record.insert()
    assert len(fake.of(ROOT)) == 2


@pytest.mark.parametrize("reply", [limited(0), Reply(503)])
def test_its_own_client_asks_again_by_itself_where_that_is_safe(reply: Reply):
    fake = FakeServiceNow(before=[reply])
    with asking(fake) as client:
        assert not client.GlideRecord("incident").get("correlation_id", ROOT)
    assert len(fake.requests) == 2


@pytest.mark.parametrize("user", ["ada", ""])
def test_its_own_client_gets_tokens(user: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority().ca_file))
    fake = FakeServiceNow()
    with listen(fake.answer, authority().server) as listener:
        flow = pysnc.auth.ServiceNowClientCredentialsFlow(CLIENT, CLIENT_SECRET if user else "wrong")
        if not user:
            with pytest.raises(pysnc.exceptions.AuthenticationException, match="access_denied"):
                pysnc.ServiceNowClient(listener.url, flow)
            return
        client = pysnc.ServiceNowClient(listener.url, flow)
        assert not client.GlideRecord("incident").get("correlation_id", ROOT)
        client.session.close()
    assert fake.office.given == ["client_credentials"]
