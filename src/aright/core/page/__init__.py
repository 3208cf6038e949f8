"""Who is told, and how loudly: severity with its arithmetic, and the page itself."""

from aright.core.page.body import PageBody, page_body, read_page
from aright.core.page.severity import severity

__all__ = ["PageBody", "page_body", "read_page", "severity"]
