"""`aright status …`: the public status page, as files for another host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts

from aright.cli.failure import FailedError
from aright.cli.remote import Remote
from aright.core.communicate.status_files import status_files
from aright.core.communicate.status_page import StatusPage

app = cyclopts.App(name="status", help="The public status page.", result_action="return_value")


@app.command
def export(
    folder: Path,
    *,
    title: str = "Status",
    url: Annotated[str, cyclopts.Parameter(help="Where the files will stand, for the feed's links.")] = "",
) -> int:
    """Write the public status page as files: index.html, status.json, feed.atom.

    They hold what was published to the public and nothing else. Put them on a host that does not depend on
    what they tell of, and write them anew every few minutes. Each file is replaced as a whole.

    Args:
        folder: made where it is missing.
        title: of the page.
        url: where the files will stand, for the feed's links.
    """
    page = Remote().get("/v1/public-status", StatusPage)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in status_files(page, title=title, url=url).items():
            made = folder / f".{name}.new"
            made.write_text(text, encoding="utf-8")
            made.replace(folder / name)
    except OSError as broken:
        raise FailedError(f"the files cannot be written: {broken}") from broken
    print(f"{folder}: {len(page.current)} under way, {len(page.history)} in the last 90 days")
    return 0
