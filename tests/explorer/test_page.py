"""Journeys through the page in a real browser.

Each ends with no console message, no request to anywhere, no overflow at any width, and nothing
that axe finds in either theme.
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

SIZES = {"wide": (1280, 800), "middle": (768, 1024), "narrow": (360, 740)}
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: What another theme may change.
COLOUR_RULES = ("color-contrast", "link-in-text-block")
SOLVED = (0.35, -1, -1, 0.35)
PAGE = EXPLORER.parent / "slash_dataset" / FILE_NAME


@pytest.fixture(scope="session")
def axe(node):
    return (EXPLORER / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def check(tab, frame, axe):
    """Checks at the end of every journey, in its own width and theme and in the others."""
    frame.evaluate(axe)
    frame.evaluate("scrollTo(0, 0)")  # nothing is under the bar at the top
    for theme, rules in (("light", AXE_RULES), ("dark", COLOUR_RULES)):
        tab.emulate_media(color_scheme=theme)
        frame.wait_for_selector(f"html[data-theme={theme}]", state="attached")
        found = frame.evaluate("rules => axe.run({runOnly: rules})", list(rules))
        assert found["passes"]
        problems = [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]]
        assert problems == [], theme
    for width, height in SIZES.values():
        tab.set_viewport_size({"width": width, "height": height})
        root = "document.documentElement"
        fits = f"{root}.scrollWidth === {root}.clientWidth"
        until(frame, f"Math.abs(innerWidth - {width}) < 20 && {fits}")  # a frame has a margin


def until(frame, condition):
    """Wait for a condition; the page forbids the way in which Playwright waits."""
    for _ in range(300):
        if frame.evaluate(condition):
            return
        frame.wait_for_timeout(50)
    raise AssertionError(condition)


@pytest.fixture
def visit(browser, axe):
    @contextmanager
    def tab_at(link="", size="wide", theme="light", motion="no-preference", script="", **options):
        """Open a link of the page, or of a page whose last frame is the page."""
        width, height = SIZES[size]
        url = options.pop("url", PAGE.as_uri())
        tab = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion=motion,
            **options,
        )
        noises, requests = [], []
        tab.on("console", lambda message: noises.append(message.text))
        tab.on("pageerror", lambda error: noises.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        if script:
            tab.add_init_script(script)
        tab.goto(url + link)
        try:
            yield tab
            check(tab, tab.frames[-1], axe)
            assert noises == []
            allowed = ("blob:", "about:", url)
            assert [one for one in requests if not one.startswith(allowed)] == []
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


def press_to(tab, label):
    """Press Tab until the element with a label has the focus."""
    for _ in range(60):
        tab.keyboard.press("Tab")
        focused = tab.evaluate("document.activeElement.getAttribute('aria-label')")
        if (focused or "").startswith(label):
            return
    raise AssertionError(f"the Tab key does not come to {label}")


def by_keys(tab, values):
    press_to(tab, "backslash")
    for _ in range(3):
        tab.keyboard.press("Enter")
    for name, value in zip(
        ("top left", "top right", "bottom left", "bottom right"), values, strict=True
    ):
        press_to(tab, f"Weight {name}")
        tab.keyboard.type(str(value))
    fields = tab.locator(".cell input").all()
    assert [float(field.input_value()) for field in fields] == list(values)  # no digit was lost


def by_mouse(tab, values):
    for _ in range(3):
        tab.locator("#screen-1 .big").first.click()
    tab.get_by_role("button", name="Could four numbers?").click()
    for cell, value in enumerate(values):
        drag(tab, cell, round(100 * value))


def by_touch(tab, values):
    for _ in range(3):
        tab.locator("#screen-1 .big").first.tap()
    for cell, value in enumerate(values):
        field = tab.locator(".cell input").nth(cell)
        field.tap()
        assert field.evaluate("field => field === document.activeElement")
        tab.keyboard.type(str(value))


def drag(tab, cell, up):
    """Drag a weight by its middle, where its number is."""
    box = tab.locator(".cell").nth(cell).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x, y - up / 2)
    tab.mouse.move(x, y - up)
    tab.mouse.up()
    tab.mouse.move(x, y - up - 45)


@pytest.mark.parametrize(
    ("hand", "size", "theme", "options"),
    [
        (by_mouse, "wide", "light", {"motion": "reduce"}),
        (by_keys, "wide", "dark", {}),
        (by_touch, "narrow", "light", {"has_touch": True}),
        (by_mouse, "middle", "dark", {"motion": "reduce"}),
    ],
)
def test_a_first_visit_reaches_250_of_250_without_the_solution(visit, hand, size, theme, options):
    with visit(size=size, theme=theme, **options) as tab:
        has_score(tab, 125)
        hand(tab, (-1, 0.35, 0.35, -1))
        has_score(tab, 0)
        assert "Mirror it" in tab.locator("#advice").inner_text()
        tab.get_by_role("button", name="Mirror").press("Enter")
        has_score(tab, 250)
        assert tab.locator(".wall").get_attribute("aria-label").startswith("All 250 pictures")
        tab.get_by_role("button", name="Why does it never miss?").click()
        rail = tab.locator("nav button[aria-current]")
        until(tab, "document.querySelector('nav [aria-current]').innerText === '3'")
        assert rail.count() == 1


def test_pixels_of_the_wall_are_those_of_the_python_line(visit):
    with visit() as tab:
        for _ in range(3):
            tab.locator("#screen-1 .big").first.click()
        tab.locator("#data > summary").click()
        for link in (
            "#c=original",
            "#c=long&u=60",
            "#c=standard&e=18446744073709551615&n=1.2&z=31&u=50&d=train&t=50",
        ):
            tab.evaluate("link => void (location.hash = link)", link)
            tab.locator("#data > summary").get_by_text(link[3:].partition("&")[0]).wait_for()
            line = tab.get_by_label("Python call that gives these pictures").input_value()
            known = {"slash_dataset": slash_dataset}
            exec(line, known)
            expected = known["images"]
            tab.get_by_role("group", name=f"All {len(expected)} pictures").wait_for()
            assert digest(wall(tab, len(expected), expected.shape[1])) == digest(expected)


def wall(tab, count, size, edge=2):
    """Return the pictures on the page's wall."""
    columns, pixels = tab.evaluate(
        """cell => {
            const canvas = document.querySelector(".wall canvas");
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const context = copy.getContext("2d", {willReadFrequently: true});
            context.drawImage(canvas, 0, 0);
            const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
            return [canvas.width / cell, Array.from(data.filter((_, k) => k % 4 === 0))];
        }""",
        size + 2 * edge,
    )
    tiles = np.array(pixels, np.uint8).reshape(-1, size + 2 * edge, columns, size + 2 * edge)
    tiles = tiles.swapaxes(1, 2).reshape(-1, size + 2 * edge, size + 2 * edge)
    return tiles[:count, edge:-edge, edge:-edge]


def digest(images):
    return hashlib.sha256(np.ascontiguousarray(images).tobytes()).hexdigest()


def test_a_cell_that_is_dragged_up_by_35_pixels_is_0_35(visit):
    with visit() as tab:
        tab.locator(".cell").first.scroll_into_view_if_needed()
        drag(tab, 0, 35)
        field = tab.locator(".cell input").first
        assert field.input_value() == "0.35"
        assert not field.evaluate("field => field === document.activeElement")


def test_the_mirrored_solution_is_always_wrong_and_steps_go_to_and_fro(visit):
    with visit("#k=35,-100,-100,35") as tab:
        has_score(tab, 250)
        tab.get_by_role("button", name="Mirror").click()
        has_score(tab, 0)
        tab.locator("#picture").focus()
        for _ in range(30):
            tab.keyboard.press(".")
        assert tab.locator("#response").get_attribute("data-filled") == "31"
        assert "row 1, column 27" in tab.locator(".where").inner_text()
        tab.keyboard.press("ArrowDown")
        assert "row 2, column 27" in tab.locator(".where").inner_text()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_slide_ends_at_the_largest_response(visit, motion):
    with visit("#k=35,-100,-100,35", motion=motion) as tab:
        tab.get_by_role("button", name="Slide").click()
        tab.locator('#response[data-filled="841"]').wait_for()
        tab.get_by_role("button", name="▶ Slide").wait_for()
        assert "+0." in tab.locator(".kernel .sums b").inner_text()
        largest = tab.locator(".verdict .number").inner_text()
        assert largest in tab.locator(".kernel .sums b").inner_text()


def test_four_numbers_are_found_from_ten_seeds_and_again(visit):
    with visit("#m=4") as tab:
        for seed in range(10):
            tab.get_by_label("Training seed").fill(str(seed))
            tab.locator('.card[data-done="false"]').wait_for()
            found = train(tab)
            assert found["4"][1] >= 0.99, seed
        tab.locator("#train").click()
        assert train(tab) == found


def test_only_convolution_understands_what_all_have_learned(visit):
    with visit("#j=1", size="narrow") as tab:
        found = train(tab)
        assert found["4"][1] >= 0.99
        assert found["8"][1] >= 0.95
        assert found["m"][0] == 1
        assert found["m"][1] < 0.6
        assert found["l"][1] < 0.6
        name = tab.locator('[data-model="m"] .weights [role=img]').get_attribute("aria-label")
        assert "36 of 64 first neurons" in name


def curve(tab, model):
    lines = tab.locator(f'.card[data-model="{model}"] polyline').all()
    return [line.get_attribute("points") for line in lines]


def test_shuffled_pixels_leave_convolution_at_chance_and_the_logistic_curve_as_it_was(visit):
    with visit("#c=standard&m=l48") as tab:
        assert train(tab)["4"][1] >= 0.99
        before = curve(tab, "l")
        tab.get_by_role("button", name="Shuffle the pixels").click()
        tab.get_by_text("neighbours are no longer neighbours").wait_for()
        found = train(tab)
        assert all(0.45 <= found[key][1] <= 0.55 for key in "48")
        assert curve(tab, "l") == before


def test_training_pauses_steps_and_goes_on(visit):
    with visit("#m=m&f=8") as tab:
        tab.locator("#train").click()
        tab.locator(".card[data-test]").wait_for()
        tab.get_by_role("button", name="Pause").click()
        step = tab.get_by_role("button", name="Step").last
        step.click()
        assert tab.locator(".card").get_attribute("data-done") == "false"
        tab.get_by_role("button", name="Go on").click()
        tab.locator('.card[data-done="true"]').wait_for(timeout=120_000)


def test_a_game_by_keys_has_20_answers_and_an_interval(visit):
    with visit("#gf=200", size="narrow") as tab:
        tab.locator("#play").focus()
        tab.keyboard.press("Enter")
        tab.locator("#game").wait_for()
        tab.get_by_role("img", name="its time is over").wait_for()
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


#: What a lesson may hide, and the name of a control that is gone then.
HIDEABLE = {
    "data": "The pictures: standard, test split",
    "preset": "rotated",
    "seed": "Training seed",
    "rows": "Pictures to learn from",
    "shuffle": "Shift the strokes",
    "python": "Python call that gives these pictures",
    "hint": "Another hint",
    "map": None,
    "solve": "Solve",
    "models": "Logistic regression",
    "start": "The four numbers start",
    "game": "Play: 20 pictures",
    "notes": "For teachers: 3 minutes",
    "nav": "2: Catch it",
    "share": "Share",
}


def reachable(tab):
    """The names of all elements that Tab reaches, with every part of the page open."""
    tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    names = []
    for _ in range(200):
        tab.keyboard.press("Tab")
        name = tab.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body) return "";
                if (at.dataset.seen) return null;
                at.dataset.seen = "1";
                return at.getAttribute("aria-label") || (at.labels?.[0] ?? at).innerText;
            }"""
        )
        if name is None:
            return sorted(name.strip() for name in names)
        names.append(name)
    raise AssertionError("the Tab key does not come to an end")


def test_a_lesson_hides_its_controls_and_survives_a_reload(visit):
    state = "#v=1&c=standard&n=0.7&k=10,0,0,-10&L=Find%20a%20kernel"
    with visit(state) as tab:
        tab.get_by_role("button", name="Hint").click()
        there = reachable(tab)
    names = {name for name in HIDEABLE.values() if name and name != "Solve"}
    assert all(any(one.startswith(name) for one in there) for name in names)
    kept = [one for one in there if not any(one.startswith(name) for name in names)]
    assert len(kept) > 20
    link = f"{state}&h={'.'.join(HIDEABLE)}"
    with visit(link, size="narrow", theme="dark") as tab:
        tab.get_by_text("Find a kernel", exact=True).wait_for()
        tab.get_by_role("button", name="Next picture").click()
        until(tab, "location.hash.includes('i=2')")
        there = reachable(tab)
        assert not [one for one in there if any(one.startswith(name) for name in names)]
        tab.wait_for_timeout(400)
        address = tab.url
        tab.reload()
        tab.get_by_text("Picture 2", exact=True).wait_for()
        tab.wait_for_timeout(400)
        assert tab.url == address
        assert reachable(tab) == there


def test_every_lesson_control_is_known_here():
    source = (EXPLORER / "src" / "state.ts").read_text(encoding="utf-8")
    table = source.partition("export const HIDEABLE = {")[2].partition("}")[0]
    assert re.findall(r"^  (\w+):", table, re.MULTILINE) == [*HIDEABLE]


def test_a_link_leads_to_its_screen_and_the_rail_follows(visit):
    with visit("#v=1&s=4") as tab:
        until(tab, "scrollY > 500")
        assert tab.locator("nav button[aria-current]").inner_text() == "4"
        tab.get_by_role("button", name="2: Catch it").click()
        until(tab, "location.hash === '#v=1&s=2'")


def test_larger_kernels_slide_and_are_in_the_link(visit):
    with visit("#pj=1&k=35,-100,-100,35", size="narrow") as tab:
        has_score(tab, 250)
        tab.get_by_role("combobox", name="Kernel").select_option("4")
        has_score(tab, 250)
        assert tab.locator("#response").get_attribute("data-filled") == str(27 * 27)
        assert tab.locator(".cell").count() == 16
        tab.get_by_role("button", name="Mirror").click()
        until(tab, "location.hash.includes('q=4&k=0,0,0,0,0,-100,35,0,0,35,-100,0,0,0,0,0')")


def test_a_link_beyond_what_is_allowed_is_clamped_and_says_so(visit):
    with visit("#n=2000&c=standard&q9=1&l=banana&i=900&gf=50") as tab:
        notice = tab.locator(".said").inner_text()
        assert "n=2000; the nearest allowed is 4" in notice
        assert "i=900; here the nearest is 249" in notice
        assert "gf=50; the nearest allowed is 200" in notice
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
        tab.get_by_role("button", name="Clear").click()
        has_score(tab, 125)
        tab.locator(".treasure .painting").click(position={"x": 6 * 27 + 3, "y": 6 * 40 + 3})
        has_score(tab, 250)


def test_without_a_worker_the_page_explains_itself(visit):
    with visit(script="delete globalThis.Worker") as tab:
        tab.get_by_text("does not let the page compute").wait_for()


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
def test_in_the_frame_of_a_notebook_it_draws_and_shares(visit, tmp_path, sandbox):
    html = explore(height=900)._repr_html_().replace("<iframe", f"<iframe {sandbox}")
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html><title>notebook</title>{html}", encoding="utf-8")
    with visit(url=file.as_uri()) as tab:
        frame = tab.frame_locator("iframe")
        frame.locator("#score").get_by_text("125", exact=True).wait_for()
        for cell, value in enumerate(SOLVED):
            frame.locator(".cell input").nth(cell).fill(str(value))
        frame.locator("#score").get_by_text("250", exact=True).wait_for()
        frame.locator(".share > summary").click()
        assert "k=35" in frame.get_by_label("Link to what you see").input_value()
        frame.get_by_role("button", name="Copy").first.click()
        frame.get_by_text("Selected: copy it").or_(frame.get_by_text("Copied.")).wait_for()
        frame.locator(".share > summary").click()


@pytest.mark.parametrize(("theme", "ending"), [("light", ""), ("dark", "-dark")])
def test_the_screenshot_of_the_readme_shows_the_page(visit, tmp_path, theme, ending):
    """RENEW_PICTURES=1 rewrites it."""
    committed = EXPLORER.parent / "docs" / "images" / f"explorer{ending}.png"
    taken = committed if os.environ.get("RENEW_PICTURES") else tmp_path / "explorer.png"
    with visit("#k=35,-100,-100,35&x=644&h=notes", theme=theme) as tab:
        has_score(tab, 250)
        tab.set_viewport_size({"width": 1280, "height": 1600})
        screen, station = (tab.locator(one).bounding_box() for one in ("#screen-2", ".station"))
        height = station["y"] + station["height"] - screen["y"] + 6
        left, width = screen["x"] - 16, screen["width"] + 32
        clip = {"x": left, "y": screen["y"], "width": width, "height": height}
        tab.screenshot(path=taken, clip=clip)
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
