"""The log as framed write-ahead files on local disk."""

from aright.adapters.writeahead.log import WriteAheadLog
from aright.adapters.writeahead.settings import WriteAheadSettings

__all__ = ["WriteAheadLog", "WriteAheadSettings"]
