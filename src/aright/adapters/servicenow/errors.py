"""What may go wrong with an instance."""

from __future__ import annotations


class WireError(Exception):
    """The instance did not do it, or did not say so.

    Attributes:
        status: what it answered; 0 for nothing.
        permanent: the same request will always be refused.
        retry_after: seconds to wait at least; ``None`` for any.
        whole: any request would be refused now.
        lost: whether it may have been done all the same.
    """

    def __init__(
        self,
        text: str,
        *,
        status: int = 0,
        permanent: bool = False,
        retry_after: float | None = None,
        whole: bool = False,
        lost: bool = False,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.permanent = permanent
        self.retry_after = retry_after
        self.whole = whole
        self.lost = lost


class DeniedError(WireError):
    """Who asks is not let in."""
