"""Journeys through the page in a real browser.

Each ends with no console message, no request to anywhere, no overflow, and nothing that axe finds.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from contextlib import contextmanager
from html import escape

import numpy as np
import pytest
from PIL import Image

import slash_dataset
from slash_dataset.explorer import FILE_NAME, explore, page

from .conftest import EXPLORER

SIZES = {"wide": (1280, 800), "narrow": (360, 740)}
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SOLVED = (0.35, -1, -1, 0.35)
PAGE = EXPLORER.parent / "slash_dataset" / FILE_NAME


@pytest.fixture(scope="session")
def axe(node):
    return (EXPLORER / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def check(tab, axe):
    """What holds wherever a journey ends."""
    overflow = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    needed, there = tab.evaluate(overflow)
    assert needed == there
    tab.evaluate(axe)
    found = tab.evaluate("rules => axe.run({runOnly: rules})", list(AXE_RULES))
    assert len(found["passes"]) > 20
    problems = [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]]
    assert problems == []


@pytest.fixture
def visit(browser, axe):
    @contextmanager
    def tab_at(link="", size="wide", theme="light", motion="no-preference", scripts=()):
        width, height = SIZES[size]
        tab = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion=motion,
        )
        noises, requests = [], []
        tab.on("console", lambda message: noises.append(message.text))
        tab.on("pageerror", lambda error: noises.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        for script in scripts:
            tab.add_init_script(script)
        url = PAGE.as_uri()
        tab.goto(url + link)
        try:
            yield tab
            check(tab, axe)
            assert noises == []
            assert [one for one in requests if not one.startswith(("blob:", url))] == []
        finally:
            tab.close()

    return tab_at


def weights(tab, values):
    for cell, value in enumerate(values):
        tab.locator(".cell input").nth(cell).fill(str(value))


def has_score(tab, score):
    tab.locator("#score").get_by_text(str(score), exact=True).wait_for()


def train(tab):
    tab.locator("#train").click()
    cards = tab.locator(".card").count()
    tab.locator('.card[data-done="true"]').nth(cards - 1).wait_for(timeout=120_000)
    return {
        card.get_attribute("data-model"): (
            float(card.get_attribute("data-train")),
            float(card.get_attribute("data-test")),
        )
        for card in tab.locator(".card").all()
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_first_visit_reaches_250_of_250_without_the_solution(visit, size, theme):
    with visit(size=size, theme=theme) as tab:
        for _ in range(3):
            tab.locator("#screen-1 .big").first.click()
        tab.locator(".wall").wait_for()
        has_score(tab, 125)
        weights(tab, (-1, 0.35, 0.35, -1))
        has_score(tab, 0)
        assert "Mirror it" in tab.locator("#advice").inner_text()
        tab.get_by_role("button", name="Mirror").click()
        has_score(tab, 250)


def test_pixels_of_the_wall_are_those_of_the_python_line(visit):
    links = ("", "#c=long&u=60", "#c=standard&e=18446744073709551615&n=1.2&z=31&u=50&d=train&t=50")
    for link in links:
        with visit(link) as tab:
            for _ in range(3):
                tab.locator("#screen-1 .big").first.click()
            tab.locator(".wall").wait_for()
            tab.locator("#data > summary").click()
            line = tab.get_by_label("Python call that gives these pictures").input_value()
            known = {"slash_dataset": slash_dataset}
            exec(line, known)
            expected = known["images"]
            shown = tab.evaluate(
                """size => {
                    const canvas = document.querySelector(".wall canvas");
                    const context = canvas.getContext("2d");
                    const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
                    return [canvas.width, Array.from(data.filter((_, k) => k % 4 === 0))];
                }""",
                expected.shape[1],
            )
            wall = np.array(shown[1], np.uint8).reshape(-1, shown[0])
            cell = expected.shape[1] + 2
            columns = shown[0] // cell
            tiles = [
                wall[y : y + cell, x : x + cell][1:-1, 1:-1]
                for y, x in (
                    (i // columns * cell, i % columns * cell) for i in range(len(expected))
                )
            ]
            assert digest(np.array(tiles)) == digest(expected)


def digest(images):
    return hashlib.sha256(np.ascontiguousarray(images).tobytes()).hexdigest()


def test_a_cell_that_is_dragged_up_by_35_pixels_is_0_35(visit):
    with visit() as tab:
        cell = tab.locator(".cell").first
        cell.scroll_into_view_if_needed()
        box = cell.bounding_box()
        x, y = box["x"] + 6, box["y"] + box["height"] / 2
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x, y - 20)
        tab.mouse.move(x, y - 35)
        tab.mouse.up()
        tab.mouse.move(x, y - 80)
        assert tab.locator(".cell input").first.input_value() == "0.35"


def test_the_mirrored_solution_is_always_wrong(visit):
    with visit("#k=35,-100,-100,35") as tab:
        has_score(tab, 250)
        tab.get_by_role("button", name="Mirror").click()
        has_score(tab, 0)


def test_steps_go_to_and_fro_and_fill_the_response(visit):
    with visit("#k=35,-100,-100,35") as tab:
        tab.locator("#picture").focus()
        for _ in range(30):
            tab.keyboard.press(".")
        assert tab.locator("#response").get_attribute("data-filled") == "31"
        assert "row 1, column 27" in tab.locator(".where").inner_text()
        tab.keyboard.press("ArrowDown")
        assert "row 2, column 27" in tab.locator(".where").inner_text()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_slide_ends_at_the_largest_response(visit, motion):
    with visit("#k=35,-100,-100,35&i=1", motion=motion) as tab:
        tab.get_by_role("button", name="Slide").click()
        tab.locator('#response[data-filled="841"]').wait_for()
        tab.get_by_role("button", name="▶ Slide").wait_for()
        assert "+0." in tab.locator(".sums b").inner_text()
        largest = tab.locator(".verdict .number").inner_text()
        assert largest in tab.locator(".sums b").inner_text()


def test_only_convolution_understands_what_all_have_learned(visit):
    with visit() as tab:
        tab.get_by_label("Training seed").fill("1")
        found = train(tab)
        assert found["4"][1] >= 0.99
        assert found["8"][1] >= 0.95
        assert found["m"][0] == 1
        assert found["m"][1] < 0.6
        assert found["l"][1] < 0.6
        again = train(tab)
        assert again == found


def test_shuffled_pixels_leave_convolution_at_chance(visit):
    with visit("#m=48") as tab:
        tab.get_by_role("button", name="Shuffle the pixels").click()
        tab.get_by_text("neighbours are no longer neighbours").wait_for()
        found = train(tab)
        assert all(0.4 < test < 0.6 for _, test in found.values())


def test_training_pauses_steps_and_goes_on(visit):
    with visit("#m=m&f=20") as tab:
        tab.locator("#train").click()
        tab.locator(".card[data-test]").wait_for()
        tab.get_by_role("button", name="Pause").click()
        step = tab.get_by_role("button", name="Step").last
        step.click()
        assert tab.locator(".card").get_attribute("data-done") == "false"
        tab.get_by_role("button", name="Go on").click()
        tab.locator('.card[data-done="true"]').wait_for(timeout=120_000)


@pytest.mark.parametrize("size", SIZES)
def test_a_game_by_keys_has_20_answers_and_an_interval(visit, size):
    with visit(size=size) as tab:
        tab.locator("#play").click()
        tab.locator("#game").wait_for()
        for key in ["ArrowLeft", "/", "\\", "ArrowRight"] * 5:
            tab.keyboard.press(key)
        result = tab.locator("#result")
        result.wait_for()
        right, low, high = re.search(
            r"You: (\d+) of 20\. .* between ([\d.]+)% and ([\d.]+)%", result.inner_text()
        ).groups()
        assert wilson(int(right), 20) == pytest.approx((float(low), float(high)), abs=0.051)
        optimum = result.locator("tbody tr").nth(4)
        optimum.wait_for(timeout=60_000)
        accuracy = [float(cell.strip("%")) for cell in optimum.locator("td").all_inner_texts()[1:]]
        assert accuracy[0] == 100
        assert accuracy == sorted(accuracy, reverse=True)


def wilson(right, count, z=1.959963984540054):
    rate = right / count
    middle = rate + z * z / (2 * count)
    half = z * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
    scale = 100 / (1 + z * z / count)
    return (middle - half) * scale, (middle + half) * scale


def test_a_lesson_hides_its_controls_and_survives_a_reload(visit):
    link = "#v=1&c=standard&n=0.7&k=10,0,0,-10&h=data.hint.nav.game.notes&L=Find%20a%20kernel"
    with visit(link) as tab:
        tab.get_by_text("Find a kernel", exact=True).wait_for()
        for name in ("Hint", "Play: 20 pictures", "1: Guess"):
            assert tab.get_by_role("button", name=name).count() == 0
        assert tab.locator("#data, .note").count() == 0
        tab.get_by_role("button", name="Next picture").click()
        tab.wait_for_timeout(400)
        kept = tab.url
        assert "i=1" in kept
        tab.reload()
        tab.get_by_text("Picture 1", exact=True).wait_for()
        tab.wait_for_timeout(400)
        assert tab.url == kept


def test_a_link_beyond_what_is_allowed_is_clamped_and_says_so(visit):
    with visit("#n=2000&c=standard&q9=1&l=banana") as tab:
        notice = tab.locator(".said").inner_text()
        assert "n=2000; the nearest allowed is 4" in notice
        assert "q9=1" in notice
        assert "l=banana" in notice
        tab.locator("#data > summary").click()
        assert tab.get_by_label("Noise, peak to peak, as a number").input_value() == "4"
        tab.get_by_role("button", name="Dismiss the notice").click()


def test_touching_a_parameter_of_the_original_switches_to_standard(visit):
    with visit(size="narrow", theme="dark") as tab:
        tab.locator("#data > summary").click()
        tab.get_by_label("Noise, peak to peak, as a number").fill("0.8")
        tab.locator(".said").get_by_text("config standard").wait_for()
        assert 'draw("standard"' in tab.get_by_label("Python call").input_value()
        tab.get_by_role("button", name="Dismiss the notice").click()


def test_the_hints_lead_to_a_map_whose_green_corner_is_right(visit):
    with visit() as tab:
        tab.get_by_role("button", name="Hint").click()
        tab.get_by_role("button", name="Hint").click()
        tab.get_by_role("button", name="Solve").click()
        has_score(tab, 250)
        tab.locator(".treasure .painting").click(position={"x": 8 * 13 + 4, "y": 8 * 20 + 4})
        has_score(tab, 250)


def test_without_a_worker_the_page_explains_itself(visit):
    with visit(scripts=["delete globalThis.Worker"]) as tab:
        tab.get_by_text("does not let the page compute").wait_for()


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
def test_in_the_frame_of_a_notebook_it_draws_and_shares(browser, tmp_path, sandbox):
    html = explore(height=900)._repr_html_().replace("<iframe", f"<iframe {sandbox}")
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html><title>notebook</title>{html}", encoding="utf-8")
    tab = browser.new_page()
    noises = []
    tab.on("console", lambda message: noises.append(message.text))
    tab.on("pageerror", lambda error: noises.append(str(error)))
    tab.goto(file.as_uri())
    frame = tab.frame_locator("iframe")
    frame.locator("#score").get_by_text("125", exact=True).wait_for()
    for cell, value in enumerate(SOLVED):
        frame.locator(".cell input").nth(cell).fill(str(value))
    frame.locator("#score").get_by_text("250", exact=True).wait_for()
    frame.locator(".share > summary").click()
    assert "k=35" in frame.get_by_label("Link to what you see").input_value()
    tab.close()
    assert [one for one in noises if "sandbox" not in one] == []


def test_the_screenshot_of_the_readme_shows_the_page(visit, tmp_path):
    """RENEW_PICTURES=1 writes it anew."""
    committed = EXPLORER.parent / "docs" / "images" / "explorer.png"
    taken = committed if os.environ.get("RENEW_PICTURES") else tmp_path / "explorer.png"
    with visit("#k=35,-100,-100,35&i=1&x=644&h=notes") as tab:
        has_score(tab, 250)
        tab.locator("#screen-2").screenshot(path=taken)
    old, new = (Image.open(path).convert("L") for path in (committed, taken))
    # Fonts differ from machine to machine, and with them heights by a little.
    assert abs(old.height - new.height) < 60
    box = (0, 150, old.width, 500)
    difference = np.abs(np.asarray(old.crop(box), float) - np.asarray(new.crop(box), float))
    assert difference.mean() < 30


def test_the_committed_page_is_what_the_sources_build(node, tmp_path):
    built = tmp_path / FILE_NAME
    node("build.mjs", built)
    assert built.read_bytes() == PAGE.read_bytes(), "make explorer"


def test_the_page_is_one_file_under_300_kb_that_carries_its_licences():
    text = page()
    assert len(text.encode()) < 300_000
    assert text.count("The MIT License") + text.count("MIT License") >= 3
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)
    assert escape(text) in explore()._repr_html_()
