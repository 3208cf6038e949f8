from aright.core.incident.standing import mended_in
from tests.unit.core.incident.making import cause, diagnosis, in_place


def test_the_service_whose_dependency_failed_is_put_right_and_not_its_victim():
    assert mended_in(in_place(diagnosis=diagnosis(cause(service="pricing")))) == "pricing"
    assert mended_in(in_place(diagnosis=diagnosis(cause()))) == in_place().service
    assert mended_in(in_place(diagnosis=None)) == in_place().service
