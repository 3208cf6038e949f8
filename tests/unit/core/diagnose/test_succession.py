import numpy as np
import pytest

from aright.core.diagnose.rows import Attribute
from aright.core.diagnose.succession import carried_back

OLD, NEW = 0, 1
UNITS, CHANGED = 60, 20


def fleet(*, unit_of_changed=None, back=(), before=40, now=20):
    """Units that each have a row in every moment; of them ``CHANGED`` have the new value since the change."""
    moments = before + now
    time = np.repeat(np.arange(moments), UNITS).astype(np.int64)
    unit = np.tile(np.arange(UNITS), moments).astype(np.int64)
    codes = np.where((unit < CHANGED) & (time >= before + 5), NEW, OLD).astype(np.int32)
    codes[np.isin(unit, back) & (time == moments - 1)] = OLD
    if unit_of_changed is not None:
        unit = np.where(codes == NEW, unit_of_changed + unit, unit)
    attribute = Attribute("firmware", "attr.firmware", system=False, values=("old", "new"), codes=codes)
    return attribute, time >= before, time, unit


def test_the_new_value_is_carried_back_over_the_earlier_rows_of_its_units():
    attribute, now, time, unit = fleet()
    found = carried_back(attribute, now, time, unit)

    assert (found.cut == np.where(unit < CHANGED, NEW, OLD)).all()
    assert found.codes is attribute.codes
    assert (found.keep(now).cut == found.cut[now]).all()


def test_units_that_went_back_did_not_change_over():
    attribute, now, time, unit = fleet(back=(3, 4))
    cut = carried_back(attribute, now, time, unit).cut

    assert not (cut[np.isin(unit, (3, 4)) & ~now] == NEW).any()
    assert (cut[(unit == 5) & ~now] == NEW).all()


@pytest.mark.parametrize(
    "told",
    [
        {"unit_of_changed": 1_000},  # the value came with units of its own
        {"now": 5},  # and here it did not come at all
    ],
)
def test_what_no_unit_changed_over_to_is_left_as_it_is(told):
    attribute, now, time, unit = fleet(**told)
    found = carried_back(attribute, now, time, unit)

    assert found is attribute
    assert found.cut is attribute.codes
    assert found.keep(now).carried is None


def test_a_value_that_was_there_before_is_no_new_one():
    attribute, now, time, unit = fleet()
    attribute.codes[(unit >= CHANGED) & (time % 10 == 0)] = NEW

    assert carried_back(attribute, now, time, unit) is attribute
