"""How long the map takes to appear and to move, drawn without a graphics card.

    python benchmarks/explore/painter.py [--points 100000 1000000]

Headless Chromium with WebGL and WebGPU off, a map of 1,280 × 800 pixels. `first paint` is from
points in memory to painted pixels; `places` is what is made once after it, to find points by where
they lie. The rest are medians: `whole` is a repaint with all points in sight, `closer` one while
the map is zoomed into, up to four times, `lit` a repaint with 1,000 points singled out, `find` the
point under the pointer, `lasso` what lies in a polygon of 100 corners that holds a third.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

WEB = Path(__file__).resolve().parents[2] / "web"
BUILD = """
import { build } from 'vite';
const [entry, outDir] = process.argv.slice(-2);
await build({ configFile: false, logLevel: 'error', publicDir: false, build: {
  outDir, lib: { entry, formats: ['es'], fileName: () => 'viewer.js' } } });
"""
MEASURE = """
async (n) => {
  const { Viewer } = window.likewise;
  const points = new Float32Array(2 * n);
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let i = 0; i < n; i++) {
    const [angle, far] = [2 * Math.PI * random(), 0.3 * Math.sqrt(-Math.log(1 - random()))];
    const island = (i % 12) * 0.5236;
    points[2 * i] = Math.max(-1, Math.min(1, 0.6 * Math.cos(island) + far * Math.cos(angle)));
    points[2 * i + 1] = Math.max(-1, Math.min(1, 0.6 * Math.sin(island) + far * Math.sin(angle)));
  }
  const colouring = {
    indices: Uint8Array.from({ length: n }, (_, i) => i % 8),
    palette: Uint32Array.from({ length: 8 }, (_, i) => 0xff000000 + i * 0x203040),
    faint: Uint32Array.from({ length: 8 }, () => 0xffeeeeee), legend: [],
  };
  const element = document.querySelector('div');
  const hooks = { hover() {}, choose() {} };
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  let begun = performance.now();
  const viewer = new Viewer(element, points, colouring, [], [255, 255, 255], hooks);
  const first = performance.now() - begun;
  begun = performance.now();
  viewer.places;
  const places = performance.now() - begun;
  const wholes = [], frames = [], lits = [], finds = [], lassos = [];
  const timed = (times, work) => {
    const begun = performance.now();
    work();
    times.push(performance.now() - begun);
  };
  for (let i = 0; i < 15; i++) {
    viewer.camera = { ...viewer.camera, x: 0.01 * i };
    timed(wholes, () => viewer.paintNow());
  }
  const few = Int32Array.from({ length: 1000 }, (_, i) => i * (Math.floor(n / 1001) | 1));
  viewer.light(few);
  for (let i = 0; i < 15; i++) timed(lits, () => viewer.paintNow());
  viewer.light(null);
  const corners = Array.from({ length: 200 }, (_, i) =>
    0.55 * (i % 2 ? Math.sin : Math.cos)(Math.floor(i / 2) * 0.0628));
  for (let i = 0; i < 3; i++) timed(lassos, () => viewer.places.inside(corners));
  for (let i = 0; i < 30; i++) {
    viewer.camera = { ...viewer.camera, x: 0.01 * i, scale: viewer.camera.scale * 1.05 };
    timed(frames, () => viewer.paintNow());
    timed(finds, () => viewer.places.nearest(0.03 * i - 0.5, 0.2, 0.02));
  }
  const { width, height } = element.querySelector('canvas');
  const drawn = new Uint32Array(element.querySelector('canvas').getContext('2d')
    .getImageData(0, 0, width, height).data.buffer);
  return { first, places, whole: median(wholes), frame: median(frames), lit: median(lits),
    find: median(finds), lasso: median(lassos), colours: new Set(drawn).size };
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    given = parser.parse_args()
    print("| points | first paint | places | whole | closer | lit | find | lasso |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = bundle(Path(folder))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-webgl", "--disable-3d-apis"],
        )
        for points in given.points:
            print(row(browser.new_page(viewport={"width": 1_280, "height": 800}), script, points))
        browser.close()


def bundle(folder: Path) -> str:
    """Return the viewer as a module that puts itself where the page finds it."""
    entry = folder / "entry.ts"
    viewer = WEB / "src" / "map" / "viewer.ts"
    entry.write_text(f"import {{ Viewer }} from '{viewer}';\nwindow.likewise = {{ Viewer }};\n")
    command = ["node", "--input-type=module", "-e", BUILD, str(entry), str(folder / "out")]
    subprocess.run(command, cwd=WEB, check=True)
    return (folder / "out" / "viewer.js").read_text()


def row(page: Page, script: str, points: int) -> str:
    """Return a row of the table."""
    page.set_content("<body style='margin:0'><div style='width:1280px;height:800px'></div>")
    page.add_script_tag(content=script, type="module")
    page.wait_for_function("() => window.likewise")
    found = page.evaluate(MEASURE, points)
    assert found["colours"] > 4, "nothing was drawn"
    times = (found[name] for name in ("first", "places", "whole", "frame", "lit", "find", "lasso"))
    page.close()
    return f"| {points:,} | " + " | ".join(f"{ms:.1f} ms" for ms in times) + " |"


if __name__ == "__main__":
    main()
