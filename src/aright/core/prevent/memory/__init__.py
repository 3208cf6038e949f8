"""Memory canary: does a candidate's memory grow with every call, where the baseline's does not?"""

from aright.core.prevent.memory.deciding import Call, Limits, Verdict, decide
from aright.core.prevent.memory.sampled import LibrarySet, Sample, Series, Traced
from aright.core.prevent.memory.telling import told

__all__ = ["Call", "LibrarySet", "Limits", "Sample", "Series", "Traced", "Verdict", "decide", "told"]
