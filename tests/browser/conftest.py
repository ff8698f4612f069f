"""Chromium, or Firefox, against a really running server with the real model.

Every page that a test opens is watched: an error in the console or an uncaught exception fails
the test that caused it, unless the test said that it expects one.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from likewise.server.app import create_app
from likewise.server.static import PAGE
from tests.http.serving import serving

HERE = Path(__file__).parent
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, browser_name):
    if browser_name == "firefox":  # Debian's own, which is driven by WebDriver BiDi
        return {
            **browser_type_launch_args,
            "channel": "moz-firefox",
            "executable_path": shutil.which("firefox-esr") or shutil.which("firefox"),
            "firefox_user_prefs": {
                "ui.prefersReducedMotion": 1,
                # a page that it kept whole for Back loads nothing, and Playwright waits for that
                "browser.sessionhistory.max_total_viewers": 0,
            },
        }
    named = os.environ.get("CHROMIUM")
    chromium = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    assert chromium, "Install chromium, or set CHROMIUM to a browser's path."
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "chromium_sandbox": False,
        "args": ARGUMENTS,
    }


VIEWPORT = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args, browser_name):
    if browser_name == "firefox":  # without what BiDi can't do yet: media features, the clipboard
        own = ("color_scheme", "reduced_motion", "forced_colors", "contrast")
        return {**browser_context_args, "viewport": VIEWPORT, **dict.fromkeys(own, "null")}
    permissions = ["clipboard-read", "clipboard-write"]
    # nothing moves unless a test is about movement: then none waits for one to end
    return {
        **browser_context_args,
        "viewport": VIEWPORT,
        "permissions": permissions,
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def base_url():
    """Address of the page on a server with the default encoder."""
    assert (PAGE / "index.html").is_file(), "The page is not built: `make play` builds it."
    with serving(create_app()) as url:
        yield url


@pytest.fixture
def look():
    """Take a picture for a person to look at, where the folder SCREENSHOTS is named."""
    named = os.environ.get("SCREENSHOTS")

    def take(page: Page, name: str) -> None:
        if named:
            page.screenshot(path=Path(named) / f"{name}.png", full_page=True)

    return take


class Complaints:
    """What the browser complained about; `expect` names what a test causes on purpose."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.expected: list[str] = []

    def expect(self, pattern: str) -> None:
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        return [
            complaint
            for complaint in self.seen
            if not any(re.search(pattern, complaint) for pattern in self.expected)
        ]


@pytest.fixture
def complaints():
    return Complaints()


@pytest.fixture(scope="session")
def _shared_context(browser, browser_context_args, base_url):
    """One context for all tests: what the page is made of is fetched once."""
    context = browser.new_context(**{**browser_context_args, "base_url": base_url})
    context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    yield context
    context.close()


@pytest.fixture
def page(_shared_context: BrowserContext, complaints: Complaints):
    """A new tab that is watched; a tab is all that the page keeps anything in."""
    page = _shared_context.new_page()
    page.on(
        "console",
        lambda message: (
            complaints.seen.append(message.text) if message.type in {"error", "warning"} else None
        ),
    )
    page.on("pageerror", lambda error: complaints.seen.append(str(error)))
    yield page
    for tab in page.context.pages:
        tab.unroute_all(behavior="ignoreErrors")
        tab.close()
    assert complaints.unexpected() == []


@pytest.fixture
def context(page: Page):
    """The context of the tab."""
    return page.context


@pytest.fixture
def opened(page: Page) -> Page:
    """The page as it opens, with its results."""
    page.goto("/")
    expect(page.get_by_label("Text 1", exact=True)).to_be_visible()
    return page


@pytest.fixture
def axe():
    """Assert that axe finds nothing on a page as it is now, or by one rule, or in a part of it."""
    source = (HERE / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Page, rule: str | None = None, within: str = "html") -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        found = page.evaluate(
            """async ([rule, within]) => (await axe.run(within, {
                resultTypes: ['violations'], ...(rule && { runOnly: [rule] }),
            })).violations""",
            [rule, within],
        )
        told = [
            f"{rule['id']}: {node['html'][:150]} {node['failureSummary']}"
            for rule in found
            for node in rule["nodes"]
        ]
        assert told == []

    return check
