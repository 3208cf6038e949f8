"""What is to be done, by whom and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.learn.facts import shown
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.postmortem import ActionItem
from aright.core.model.times import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.learn.facts import Facts
    from aright.core.model.evidence import Cause
    from aright.core.model.postmortem import Why

SOON: Final = 3 * DAY
NEXT: Final = 14 * DAY


def actions_of(facts: Facts, whys: Sequence[Why]) -> tuple[ActionItem, ...]:
    """Return the actions: guards that are in force first, then what people must do."""
    found = [
        ActionItem(text=f"In force: {each.title}", owner="aright", due=facts.now, guard=each.key)
        for each in facts.guards
    ]
    assumed = sum(each.assumed for each in whys)
    if assumed:
        which = "one answer that is" if assumed == 1 else f"{assumed} answers that are"
        found.append(_item(facts, f"Prove or correct the {which} assumed in the five whys", SOON))
    found += [_item(facts, text, NEXT) for text in _by_cause(facts, facts.cause)]
    if not facts.guards:
        found.append(_item(facts, "Set a check that would have caught this; no replay admitted one", NEXT))
    return tuple(found)


def _by_cause(facts: Facts, cause: Cause | None) -> list[str]:
    if cause is None:
        return ["Send features, model versions and change events, so that a cause can be proven"]
    name, before = shown(cause.subject), shown(cause.previous) or "its predecessor"
    flag = f"Make {shown(facts.service.key)} say so (fallback flag) whenever it answers without {name}"
    texts = {
        CauseKind.FEATURE_SOURCE: [
            f"Agree with those who fill {name} how fresh and how complete it must be",
            *([] if facts.evidence(Step.DEPENDENCIES) else [flag]),
            f"Report the runs of what fills {name}, so that the next why can be answered",
        ],
        CauseKind.INPUTS: [
            f"Ask who gave out {name} what it changes, and put back what was there until it is answered well",
            "Add stored inputs of the new kind to the tests of the model, and to what it learns from",
            "Have changes of what makes the inputs announced to the owners, and tried on a small part first",
        ],
        CauseKind.PIPELINE: [
            f"Mend {name}, run it again, and check what was made from its last run",
            f"Let what {name} makes be used only if it is as fresh and as complete as before",
            f"Page those who own {name} when a run of it fails or is late",
        ],
        CauseKind.MODEL_VERSION: [
            f"Find out why {name} answers worse: replay stored requests on it and on {before}",
            "Release model versions to a small share first, and compare them with the version before",
            "Put the replay of stored requests into the tests of a release",
        ],
        CauseKind.TRAFFIC_MIX: ["Find out who came, and whether the model has learned from enough of them"],
        CauseKind.CONTRACT: [
            f"Ask who runs {shown(cause.subject.partition(' ')[0])} what they changed, and adapt to it",
            "Pin the version of the interface, and have changes of it announced to the owners",
            "Check what values mean, and not their types alone, where these answers are taken in",
        ],
        CauseKind.OTHER_CHANGE: ["Try the change on a small share of the traffic and compare its quality"],
    }
    return texts.get(cause.kind, [])


def _item(facts: Facts, text: str, within: int) -> ActionItem:
    return ActionItem(text=text, owner=facts.owner, due=facts.now + within)
