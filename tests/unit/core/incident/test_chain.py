from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.incident.chain import first_broken, seal, verify_chain
from aright.core.model.incident import TimelineEvent


def chain(*texts: str) -> list[TimelineEvent]:
    events: list[TimelineEvent] = []
    for number, text in enumerate(texts, start=1):
        event = TimelineEvent(incident="INC-1", number=number, at=number, kind="note", text=text)
        events.append(seal(event, events[-1].hash if events else ""))
    return events


def test_an_untouched_chain_is_whole():
    assert verify_chain([])
    assert verify_chain(chain("a", "b", "c"))


def test_a_dropped_swapped_or_doubled_line_shows():
    one, two, three = chain("a", "b", "c")
    assert first_broken([two, three]) == 1
    assert first_broken([one, three]) == 2
    assert first_broken([one, three, two]) == 2
    assert first_broken([one, one, two]) == 2


CHANGES = st.sampled_from(
    [
        {"text": "other"},
        {"at": 99},
        {"by": "mallory"},
        {"kind": "closed"},
        {"key": True},
        {"refs": ("E1",)},
        {"incident": "INC-2"},
        {"number": 7},
        {"previous": "00"},
        {"hash": "00"},
    ]
)


@settings(deadline=None, max_examples=60)
@given(place=st.integers(0, 3), change=CHANGES)
def test_any_changed_field_shows_at_its_place(place, change):
    events = chain("a", "b", "c", "d")
    events[place] = msgspec.structs.replace(events[place], **change)
    assert first_broken(events) == place + 1


def test_a_line_sealed_anew_breaks_the_next():
    events = chain("a", "b", "c")
    forged = msgspec.structs.replace(events[1], text="forged")
    events[1] = seal(forged, events[0].hash)
    assert first_broken(events) == 3
