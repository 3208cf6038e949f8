"""A real Chromium on a real server, over an engine in memory."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from aright.server.app import build_app
from aright.server.auth import KnownTokens
from aright.server.events import Streams
from tests.unit.web.fake import busy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.unit.web.fake import FakeOperations

TOKEN = "right-token"
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""


class Site:
    """A server with its engine."""

    def __init__(self, operations: FakeOperations) -> None:
        self.operations = operations
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = build_app(operations, KnownTokens(TOKEN), streams=Streams(operations, every=0.02))
        config = uvicorn.Config(app, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; streams are cut."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)


class Visitor:
    """A browser's window, and what went wrong in it."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.site = site
        self.wrong: list[str] = []
        page.add_init_script(_WATCH)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("console", self._console)

    def _console(self, message) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.wrong.append(f"console: {message.text}")

    def open(self, path: str, *, live: bool = True) -> Page:
        """Enter by a one-time link that leads to ``path``; a live page then hears of what is new."""
        answer = self.page.request.post(
            self.site.address + "/v1/entry",
            headers={"Authorization": f"Bearer {TOKEN}"},
            data={"next": path, "by": "Ada"},
        )
        self.page.goto(self.site.address + answer.json()["path"])
        self.page.wait_for_url(self.site.address + path)
        if live:
            self.page.wait_for_selector("#live[data-state=live]")
        return self.page

    def check(self) -> None:
        """Raise where a script failed or the content security policy was hit."""
        assert self.wrong == []
        assert self.page.evaluate("window.violations || []") == []


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing = "Chromium is missing: install the Debian package with `apt-get install chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site(busy())
    yield made
    made.stop()


@pytest.fixture
def visitor(chromium: Browser, site: Site) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, timezone_id="America/New_York")
    made = Visitor(context.new_page(), site)
    yield made
    made.check()
    context.close()
