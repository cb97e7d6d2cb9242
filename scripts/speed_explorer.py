"""Measure the explorer page in Chromium and its draw in Node: ``python scripts/speed_explorer.py``.

Frames are the browser's frames while the user does something, compared with frames while nothing
happens. Prints the tables and puts them into ``docs/explorer.md``; needs Node, Chromium and
Playwright, as the page's tests do.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT)]
from pages import markdown, renew  # noqa: E402 - its folder is on the path since just now

SOLVED = "#k=35,-100,-100,35"
RECORD = """() => {
    const times = (window.frameTimes = []);
    let before;
    const frame = (now) => {
        if (before !== undefined) times.push(now - before);
        before = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""


def idle(tab: Page) -> None:
    """Do nothing."""
    tab.wait_for_timeout(1500)


def slide(tab: Page) -> None:
    """Let the kernel slide over the whole picture."""
    tab.get_by_role("button", name="Slide").click()
    tab.locator('#response[data-filled="841"]').wait_for()


def drag(tab: Page) -> None:
    """Drag a weight while the wall shows where the kernel is wrong."""
    cell = tab.locator(".cell").first.bounding_box()
    assert cell
    x, y = cell["x"] + 9, cell["y"] + 60
    tab.mouse.move(x, y)
    tab.mouse.down()
    for step in range(90):
        tab.mouse.move(x, y - 60 + abs(step - 45))
        tab.wait_for_timeout(16)
    tab.mouse.up()


def train(tab: Page) -> None:
    """Let all four models learn."""
    tab.locator("#train").click()
    tab.locator('.card[data-done="true"]').nth(3).wait_for(timeout=120_000)


def change_a_weight(tab: Page) -> None:
    """Change a weight and wait for the score."""
    tab.locator(".cell input").first.fill("0")
    tab.locator("#score").get_by_text("250", exact=True).wait_for(state="detached")


def change_while_models_learn(tab: Page) -> None:
    """Let all four models learn, change a weight meanwhile, and wait for the score."""
    tab.locator("#train").click()
    change_a_weight(tab)


ACTS: dict[str, Callable[[Page], None]] = {
    "nothing": idle,
    "a kernel slides over the picture": slide,
    "a weight is dragged, with the wall in view": drag,
    "four models learn": train,
}
WAITS = {
    "the score of another kernel": change_a_weight,
    "the same, while four models learn": change_while_models_learn,
    "four models learn, 10 passes each": train,
}


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """Open the page with the solved kernel, after its three guesses."""
    tab = browser.new_page(viewport={"width": 1280, "height": 1600})
    tab.goto((ROOT / "slash_dataset" / "explorer.html").as_uri() + SOLVED)
    for _ in range(3):
        tab.locator("#screen-1 .big").first.click()
    tab.locator("#score").get_by_text("250", exact=True).wait_for()
    yield tab
    tab.close()


def frames(browser: Browser) -> Iterator[tuple[str, float, float]]:
    """Yield for each act the page's work per frame, and the 95th percentile of frames, in ms.

    Work is CPU time of the page's thread, which other programs do not lengthen.
    """
    for name, act in ACTS.items():
        with opened(browser) as tab:
            session = tab.context.new_cdp_session(tab)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            tab.evaluate(RECORD)
            before = _work(session)
            act(tab)
            work = _work(session) - before
            times: list[float] = tab.evaluate("frameTimes")
        yield name, 1000 * work / len(times), statistics.quantiles(times, n=20)[-1]


def _work(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def waits(browser: Browser) -> Iterator[tuple[str, float]]:
    """Yield what the user waits for, and for how many seconds."""
    for name, act in WAITS.items():
        with opened(browser) as tab:
            start = time.perf_counter()
            act(tab)
            yield name, time.perf_counter() - start


def rates() -> dict[str, float]:
    """Return images per second of the draw in Node, by its arithmetic."""
    folder = ROOT / "explorer"
    esbuild = folder / "node_modules" / ".bin" / "esbuild"
    command = [esbuild, "test/speed.main.ts", "--bundle", "--platform=node", "--log-level=warning"]
    code = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    node = subprocess.run(["node", "-"], input=code, capture_output=True, text=True, check=True)
    rounds: dict[str, Sequence[float]] = json.loads(node.stdout)
    return {name: statistics.median(values) for name, values in rounds.items()}


def main() -> None:
    """Measure, print, and renew the page."""
    path = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        shown, waited = list(frames(browser)), list(waits(browser))
        browser.close()
    drawn = rates()
    text = "\n\n".join(
        [
            markdown(
                ["while", "the page works in a frame", "19 of 20 frames within", "ratio"],
                ["---", "--:", "--:", "--:"],
                [
                    [name, f"{work:.1f} ms", f"{most:.1f} ms", f"{most / shown[0][2]:.2f}x"]
                    for name, work, most in shown
                ],
            ),
            markdown(
                ["waiting for", "seconds", "ratio"],
                ["---", "--:", "--:"],
                [[name, f"{s:.2f}", f"{s / waited[0][1]:.1f}x"] for name, s in waited],
            ),
            markdown(
                ["draw in Node, by its 128-bit arithmetic", "images/s", "ratio"],
                ["---", "--:", "--:"],
                [
                    [name, f"{rate:,.0f}", f"{rate / min(drawn.values()):.1f}x"]
                    for name, rate in drawn.items()
                ],
            ),
            f"Measured in headless Chromium on {os.cpu_count()} cores, at a load of "
            f"{os.getloadavg()[0]:.0f}: other programs make waits longer, not the work in a frame.",
        ]
    )
    print(text)
    renew(ROOT / "docs" / "explorer.md", "speed", text)


if __name__ == "__main__":
    main()
