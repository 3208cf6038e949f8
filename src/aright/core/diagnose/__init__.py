"""Evidence to ranked causes: ``diagnose(case)``."""

from aright.core.diagnose.case import Case
from aright.core.diagnose.diagnosing import diagnose

__all__ = ["Case", "diagnose"]
