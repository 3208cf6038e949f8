"""What an edit did, in kinds that matter to how things fail."""

from __future__ import annotations

from enum import Enum


class Trait(Enum):
    """What an edit did; the value ends the sentence "it …"."""

    GUARD_REMOVED = "no longer checks for a missing or empty value"
    HANDLER_REMOVED = "no longer handles an error"
    CONDITION = "decides by another condition"
    SWAPPED = "calls or reads something else in the same place"
    OMITTED = "leaves out a step that was taken before"
    GROWS = "adds to something that lives on, without a bound"
    RELEASE_REMOVED = "no longer frees, closes or evicts"
    ACQUIRES = "opens or starts something that it does not close"
    RENAMED = "renames what others may look up by name"
    REFERS = "looks up something by a name that is new here"
    REMOVED = "takes something away that may still be asked for"
    NUMBER = "changes a number"
    LIMIT = "changes a limit, pool, time-out or retry"
    COSTLIER = "does more work per request"
    LOCKING = "changes locks, threads or transactions"
    ADDRESS = "changes an address"
    ACCESS = "changes credentials, permissions or certificates"
    CONVERSION = "changes a type, format or unit"
    SIGNATURE = "changes what a function takes or gives"
    STRICTER = "turns away more than before"
    INDEXING = "changes an index or a boundary"
    CALCULATION = "calculates in another way"
    DIVISION = "divides by something that may be 0"
    RESOURCES = "changes memory, processors or replicas"
    LIBRARY = "changes the version of a library"
