from __future__ import annotations

import msgspec
import pytest

from aright.core.model.evidence import Further, Reach, Verdict
from aright.core.model.incident import State
from aright.core.model.signal import Segment
from aright.engine.operations import UnknownError
from aright.web.acting import acting
from aright.web.home import home_view
from aright.web.postmortem import post_mortem_view
from aright.web.scope import scope_view
from aright.web.views import facts, incident_view, ledger, sent, stages
from tests.unit.web import example
from tests.unit.web.example_diagnosis import CAUSES, DIAGNOSIS, SCOPE
from tests.unit.web.example_times import LATER, NOW
from tests.unit.web.fake import busy

replace = msgspec.structs.replace


def changed(**parts):
    return replace(example.INCIDENT, diagnosis=replace(DIAGNOSIS, **parts))


def test_the_header_answers_who_since_when_how_bad_and_why():
    who, since, bad, why = facts(example.INCIDENT, NOW)

    assert (who.answer, who.more) == ("region = north", "31\u202f% of traffic · 412 users so far")
    assert (since.question, since.answer) == ("Since", "9\u202fmin 30\u202fs ago")
    assert (bad.question, bad.answer) == ("Click quality", "31\u202f% → 8.4\u202f%")
    assert bad.role == "hit"
    assert (why.answer, why.more) == ("profiles empty", "94\u202f% probable · confirmed")


def test_the_header_of_what_is_over_says_how_long_it_was():
    who, since, *_ = facts(example.RESOLVED, LATER)

    assert who.more.endswith("412 users")
    assert (since.question, since.answer) == ("Harm lasted", "11\u202fmin 30\u202fs")
    assert "incident open for" in since.more
    assert facts(example.OLD, NOW)[0].answer == "not found out"


def test_the_header_never_names_a_segment_that_is_none():
    everyone = changed(scope=replace(SCOPE, reach=Reach.GLOBAL))
    unclear = changed(scope=replace(SCOPE, reach=Reach.UNCLEAR, loss=""))
    mixed = changed(scope=replace(SCOPE, reach=Reach.MIX))

    assert facts(everyone, NOW)[0].answer == "everyone"
    assert facts(mixed, NOW)[0].answer == "nobody more than before"
    assert facts(unclear, NOW)[0].answer == "not clear"
    bare = replace(example.YOUNG, alerts=())
    assert [fact.answer for fact in facts(bare, NOW)][2:] == ["not known yet", "not known yet"]


def test_a_loss_that_is_no_quality_is_shown_as_it_is():
    seen = scope_view(replace(SCOPE, loss="events:complaint", inside_before=0.01, inside_now=0.2))

    assert (seen.rows[0].before, seen.rows[0].now) == (0.01, 0.2)
    assert seen.title == "Complaint rate"


def test_intervals_narrow_with_users_and_are_left_out_without():
    few, many = (scope_view(replace(SCOPE, units_hit=n)).rows[0] for n in (40, 4_000))

    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert few.low < many.low < many.now < many.high < few.high
    assert scope_view(replace(SCOPE, units_hit=0)).rows[0].low is None
    assert len(scope_view(replace(SCOPE, reach=Reach.GLOBAL)).rows) == 1
    assert scope_view(replace(SCOPE, share_of_traffic=0.0)).rows[-1].low is None


def test_further_parts_stand_between_the_first_and_everyone_else():
    other = Further(
        segment=Segment("device", "tv"), filter="\"attr.device\" = 'tv'", before=0.7, now=0.9, units_hit=100
    )
    seen = scope_view(replace(SCOPE, others=(other,)))

    assert [row.label for row in seen.rows] == ["region = north", "device = tv", "everyone else"]
    assert [row.role for row in seen.rows] == ["hit", "hit", "all"]


def test_each_evidence_is_named_where_it_is_first_cited():
    causes, context = ledger(example.INCIDENT)

    assert causes[0].named == {"E1", "E2", "E3", "E4", "E5"}
    assert causes[1].named == frozenset()
    assert causes[2].named == {"E7"}
    assert [each.id for each in context] == ["E6"]
    assert ledger(replace(example.INCIDENT, diagnosis=None)) == ((), ())


def test_hypotheses_that_hardly_count_stand_back():
    operations = busy()
    rest = replace(CAUSES[2], probability=0.004)
    operations.known["INC-7"] = changed(causes=(CAUSES[0], CAUSES[1], rest))
    view = incident_view(operations, "INC-7")

    assert [each.cause.id for each in view.causes] == ["H1", "H2"]
    assert [each.cause.id for each in view.unlikely] == ["H3"]
    operations.known["INC-7"] = changed(causes=(rest,))
    assert [each.cause.id for each in incident_view(operations, "INC-7").causes] == ["H3"]


def test_evidence_that_is_cited_and_missing_does_not_break_the_page():
    lost = changed(causes=(replace(CAUSES[0], evidence_for=("E1", "E404")),))

    assert [each.id for each in ledger(lost)[0][0].speaks_for] == ["E1"]


def test_the_action_that_treats_the_likeliest_cause_comes_first():
    seen = acting(example.INCIDENT, example.SERVICE)

    assert [offer.action.id for offer in seen.offers] == ["restore", "rollback"]
    assert seen.offers[0].where == "ranker.example:8443"
    other = changed(causes=(replace(CAUSES[1], probability=0.9), replace(CAUSES[0], probability=0.1)))
    assert acting(other, example.SERVICE).offers[0].action.id == "rollback"


def doubts(incident, offer=0):
    return " ".join(doubt.text for doubt in acting(incident, example.SERVICE).offers[offer].doubts)


def test_what_speaks_against_acting_stands_beside_the_button():
    offer = acting(example.INCIDENT, example.SERVICE).offers[0]

    assert [doubt.evidence for doubt in offer.doubts if doubt.evidence] == ["E4"]
    assert "deployed 18 min before the onset" in doubts(example.INCIDENT)
    assert "4.0\u202f%: Model version 2026.47" in doubts(example.INCIDENT)
    assert "not confirmed" not in doubts(example.INCIDENT)
    assert "it can be taken back" in offer.speaks_for
    assert offer.plan.parameters["segment_value"] == "north"


@pytest.mark.parametrize(
    ("incident", "said"),
    [
        (changed(verdict=Verdict.LIKELY), "likely, not confirmed"),
        (changed(verdict=Verdict.INCONCLUSIVE), "inconclusive"),
        (changed(causes=(replace(CAUSES[0], explained=0.6),)), "40\u202f% of the loss would remain"),
        (changed(causes=(CAUSES[1],)), "cannot be taken back"),
        (replace(example.INCIDENT, mitigations=()), "No dry run of it has been made"),
    ],
)
def test_every_reason_to_hold_back_is_said(incident, said):
    assert said in doubts(incident)


@pytest.mark.parametrize(
    ("incident", "said"),
    [
        (replace(example.INCIDENT, diagnosis=None), "not known what to tell"),
        (changed(causes=(replace(CAUSES[0], remedy=""),)), "not known what to tell"),
        (example.RESOLVED, "nothing to put right"),
    ],
)
def test_what_must_not_be_done_cannot_be_pressed(incident, said):
    offer = acting(incident, example.SERVICE).offers[0]

    assert said in offer.plan.blocked


def test_a_service_that_offers_nothing_has_nothing_to_press():
    assert acting(example.INCIDENT, None).offers == ()
    assert acting(example.RESOLVED, example.SERVICE).undoable == {"M2"}
    assert acting(example.RESOLVED, None).undoable == frozenset()


def test_the_stages_show_where_it_stands():
    assert [stage.place for stage in stages(State.CLOSED)] == ["done"] * 6 + ["current"]
    assert stages(State.DECLARED)[1].place == "ahead"


def test_the_worst_open_incident_comes_first():
    view = home_view(busy())

    assert [row.incident.key for row in view.open] == ["INC-7", "INC-8"]
    assert [row.incident.key for row in view.past] == ["INC-3"]


def test_a_page_of_nothing_is_an_error():
    for look in (incident_view, post_mortem_view):
        with pytest.raises(UnknownError, match="INC-99"):
            look(busy(), "INC-99")


def test_a_post_mortem_tells_the_events_that_it_chose():
    operations = busy(resolved=True)
    draft = operations.drafts["INC-7"]
    operations.drafts["INC-7"] = replace(draft, timeline=(1, 6, 99))

    assert [event.number for event in post_mortem_view(operations, "INC-7").events] == [1, 6]


def test_ten_thousand_events_do_not_make_a_page_of_them():
    operations = busy()
    line = operations.events["INC-7"][0]
    operations.events["INC-7"] = [line] * 10_000

    view = incident_view(operations, "INC-7")
    assert len(view.events) == len(view.moments) == 500


def test_an_action_that_worked_is_offered_only_to_be_done_again():
    worked = msgspec.structs.replace(
        example.INCIDENT.mitigations[0], status="verified", dry_run=False, at=NOW
    )
    action = example.SERVICE.actions[0].id
    worked = msgspec.structs.replace(worked, id="M9", action=action)
    incident = msgspec.structs.replace(example.INCIDENT, mitigations=(worked,), mitigated_at=NOW)

    assert next(o.done for o in acting(incident, example.SERVICE).offers if o.action.id == action) == worked
    undone = replace(incident, mitigated_at=0)
    assert all(offer.done is None for offer in acting(undone, example.SERVICE).offers)


def test_an_offer_names_its_cause_by_the_number_on_the_page():
    offers = acting(example.INCIDENT, example.SERVICE).offers
    causes = DIAGNOSIS.causes

    assert offers
    for offer in offers:
        assert offer.rank == (causes.index(offer.fits) + 1 if offer.fits else 0)


def test_messages_say_what_they_told_and_when():
    told = [
        replace(example.MESSAGES[0], id=f"k-{action}") for action in ("trigger", "acknowledge", "resolve")
    ]
    event = replace(example.timeline()[0], kind="paged", at=NOW, refs=("k-resolve",))
    page, taken, ended = sent(told, [event])

    assert [page.told, taken.told, ended.told] == ["paged", "acknowledged", "ended"]
    assert (page.at, ended.at) == (told[0].due_at, NOW)
