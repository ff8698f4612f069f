"""Keystroke to painted result on the page, in Chromium, against a server in its own process.

    .venv/bin/python benchmarks/page/measure.py [--keys 60] [--write]

A keystroke's time runs from the key going down in the page to the frame in which the changed
similarity of that text has been painted. Also measured: the weight of what a first visit loads
(gzip), and the first contentful paint.
"""

import argparse
import gzip
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "likewise" / "server" / "page"
TYPED = "the cat that sits by the window every morning and looks at birds "
PAUSE_MS = 250
"""Between two keys, so that each is measured alone: a quick typist's pace."""

WATCH = """number => {
    const row = document.querySelectorAll('ol > li')[number - 1];
    const shown = () => row.querySelector('.number')?.textContent;
    window.times = [];
    let since = null, before = null;
    row.querySelector('textarea').addEventListener('keydown', () => {
        since = performance.now();
        before = shown();
    }, true);
    const painted = () => {
        if (since === null || shown() === before) return;
        const began = since;
        since = null;
        // the task after a frame's callbacks runs when that frame has been painted
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.times.push(performance.now() - began);
            channel.port2.postMessage(0);
        });
    };
    new MutationObserver(painted).observe(
        row, {subtree: true, childList: true, characterData: true, attributes: true});
}"""


@contextmanager
def playing() -> Iterator[str]:
    """Run `likewise play` in a process of its own; yield the page's address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "likewise", "play", "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                yield found[0]
                return
        raise SystemExit("The server did not start.")
    finally:
        process.terminate()
        process.wait(20)


def keystrokes(page: Page, address: str, texts: int, keys: int) -> list[float]:
    """Return milliseconds for each key typed into the second of `texts` texts."""
    page.goto(address)
    lines = [
        f"Sentence number {n} about the {n % 7} things that a morning brings." for n in range(texts)
    ]
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Paste many lines").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("\n".join(lines))
    dialog.locator("button[type=submit]").click()
    page.wait_for_function(
        "least => document.querySelectorAll('ol > li .number').length >= least", arg=texts - 1
    )
    page.wait_for_timeout(1_500)
    page.evaluate(WATCH, 2)
    box = page.get_by_label("Text 2", exact=True)
    box.press("End")
    for key in (TYPED * 3)[:keys]:
        box.press("Space" if key == " " else key)
        page.wait_for_timeout(PAUSE_MS)
    return list(page.evaluate("window.times"))


def first_paint(page: Page, address: str) -> float:
    """Return milliseconds from navigation to the first contentful paint."""
    page.goto(address, wait_until="load")
    page.wait_for_timeout(300)
    return float(
        page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    )


def weight(page: Page, address: str) -> int:
    """Return bytes after gzip of all that a first visit loads: document, scripts, styles, fonts."""
    answer = page.goto(address, wait_until="networkidle")
    html = answer.body()  # as it came, without what was drawn since
    urls = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    files = [PAGE / url.removeprefix(address) for url in urls]
    loaded = [file.read_bytes() for file in files if file.is_file()]
    return sum(len(gzip.compress(raw, 9)) for raw in [html, *loaded])


def main() -> None:
    """Measure, print, and with --write keep the table beside this script."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    found: dict[str, object] = {
        "date": date.today().isoformat(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "load": os.getloadavg()[0],
    }
    with playing() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, chromium_sandbox=False, args=["--headless", "--disable-gpu"]
        )
        found["browser"] = browser.version
        found["weight_gzip_bytes"] = weight(browser.new_page(), address)
        found["first_paint_ms"] = statistics.median(
            first_paint(browser.new_page(), address) for _ in range(5)
        )
        for texts in (10, 100):
            times = keystrokes(browser.new_page(), address, texts, options.keys)
            found[f"keystroke_ms_{texts}_texts"] = {
                "keys": options.keys,
                "seen": len(times),
                "median": statistics.median(times),
                "p95": sorted(times)[int(len(times) * 0.95)],
            }
            time.sleep(1)
        browser.close()
    print(json.dumps(found, indent=2))
    if options.write:
        (HERE / "results.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        (HERE / "RESULTS.md").write_text(_table(found), encoding="utf-8")


def _table(found: dict) -> str:
    ten, hundred = found["keystroke_ms_10_texts"], found["keystroke_ms_100_texts"]
    rows = [
        ("keystroke to painted result, 10 texts, median", ten["median"], 60, "ms"),
        ("keystroke to painted result, 100 texts, median", hundred["median"], 150, "ms"),
        ("first contentful paint, median of 5", found["first_paint_ms"], 1_000, "ms"),
        ("page weight, gzip", found["weight_gzip_bytes"] / 1_000, 170, "kB"),
    ]
    lines = [
        "# The page, measured in the browser",
        "",
        f"{found['machine']}; Chromium {found['browser']}, headless, server and browser on "
        f"the same cores; load average before {found['load']:.1f}; {found['date']}. "
        f"{ten['seen']} and {hundred['seen']} of {ten['keys']} keys changed the score; "
        f"p95 {ten['p95']:.0f} and {hundred['p95']:.0f} ms.",
        "",
        "| what | measured | at most | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {what} | {value:.0f} {unit} | {limit:,} {unit} | {'✓' if value <= limit else '✗'} |"
        for what, value, limit, unit in rows
    ]
    return "\n".join(lines) + "\n"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        return re.search(r"model name\s*: (.*)", text)[1]
    except (OSError, TypeError):
        return platform.processor()


if __name__ == "__main__":
    main()
