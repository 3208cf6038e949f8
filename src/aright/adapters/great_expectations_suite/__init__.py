"""Great Expectations' suites, as checks."""

from aright.adapters.great_expectations_suite.checks import ExpectationChecks

__all__ = ["ExpectationChecks"]
