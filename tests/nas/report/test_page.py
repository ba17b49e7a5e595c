"""The page in a browser: offline, without errors, on any width and in both schemes; nothing from files is code."""

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nas.report import write_report
from nas.report.downloads import MAX_BYTES

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install playwright)")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)")

HOSTILE = "</script><img src=x onerror=\"alert('owned')\">"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def show(browser: Any) -> Iterator[Open]:
    """Opens a page; at the end it must have asked for nothing, said nothing and failed nowhere."""
    problems, contexts = [], []

    def load(path: Path, **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: problems.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=20_000)
        return page

    yield load
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def measured(change: Callable[..., Path]) -> Path:
    """A run whose front was measured, with hostile text in every field that holds text."""

    def edit(result: dict[str, Any]) -> None:
        for row in result["front"]:
            row["latency_measured_ms"] = 1.05 * row["latency_p50_ms"]
            row["note"] = HOSTILE
        result["front"][0]["name"] = HOSTILE
        result["front"][1].update(accuracy_origin=HOSTILE, latency_origin="measured", attention_types=HOSTILE)
        result["front"][2].update(accuracy_origin="measured", latency_origin="analytic")
        result.update(device=HOSTILE, accuracy=HOSTILE, algorithm=HOSTILE)

    return change(edit)


@needs_chromium
def test_hovering_and_clicking_show_the_architecture(finished: Path, tmp_path: Path, show: Open) -> None:
    page = show(write_report(finished, tmp_path / "report.html").path)
    assert page.locator(".js-plotly-plot").count() == 6
    assert int(page.locator("html").get_attribute("data-ready")) < 10_000  # the target, 2 s, is for a quiet machine
    point = page.locator("#chart-front .scatterlayer .trace").nth(1).locator(".points path").last
    point.hover(force=True)
    hover = page.locator("#chart-front .hovertext").first.text_content()  # waits for it
    titles = page.eval_on_selector_all(".modebar-btn", "(buttons) => buttons.map((each) => each.dataset.title)")
    assert "Zoom" in titles
    assert not [title for title in titles if "hare" in title or "loud" in title]  # sends the chart to a server
    assert "stride 16" in hover
    assert "prior" in hover
    box = point.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("dialog[open]")
    assert page.locator("dialog tbody tr").count() >= 4
    arch = json.loads(page.locator("dialog pre").text_content())
    name = page.locator("dialog a").get_attribute("download").removesuffix(".json")
    assert arch == json.loads((finished / "archs" / f"{name}.json").read_text())
    page.locator("dialog form button").click()
    assert page.locator("dialog[open]").count() == 0


@needs_chromium
def test_a_click_on_a_heading_sorts(finished: Path, tmp_path: Path, show: Open) -> None:
    page = show(write_report(finished, tmp_path / "report.html").path)
    heading = page.locator("#networks thead th", has_text="top-1")
    for sign, name in ((1, "ascending"), (-1, "descending")):
        heading.locator("button").click()
        values = [float(text) for text in page.locator("#networks tbody td:nth-child(3)").all_inner_texts()]
        assert values == sorted(values, reverse=sign < 0)
        assert heading.get_attribute("aria-sort") == name


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_in_both_schemes(measured: Path, show: Open, scheme: str) -> None:
    page = show(
        write_report(measured).path,
        viewport={"width": 390, "height": 844},
        color_scheme=scheme,
        is_mobile=True,
        has_touch=True,
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wide = "[...document.querySelectorAll('.chart')].map((chart) => chart.getBoundingClientRect().width)"
    assert all(300 <= width <= 390 for width in page.evaluate(wide))

    def contrast() -> float:
        text = page.evaluate("getComputedStyle(document.querySelector('#chart-front .xtick text')).fill")
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        light, dark = sorted((_luminance(text), _luminance(back)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert contrast() > 7
    page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    page.wait_for_timeout(500)
    assert contrast() > 7


def _luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    values = np.array([int(part) for part in re.findall(r"\d+", colour)[:3]]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@needs_chromium
@pytest.mark.parametrize("width", [390, 1200])
def test_a_fleet_has_a_chart_for_each_device_and_a_price(fleet: Path, tmp_path: Path, show: Open, width: int) -> None:
    page = show(write_report(fleet, tmp_path / "report.html").path, viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("#fleet .js-plotly-plot").count() == 2
    assert page.locator("#sharing tbody tr").count() == len(json.loads((fleet / "fleet.json").read_text())["sharing"])
    page.locator("#chart-device-1 .scatterlayer .trace").nth(1).locator(".points path").last.hover(force=True)
    assert "on this device at most" in page.locator("#chart-device-1 .hovertext").first.text_content()
    page.locator("#sharing button").first.click()
    assert page.locator("dialog tbody tr").count() >= 4


@needs_chromium
def test_every_measured_and_chosen_network_is_drawn(verified: Path, tmp_path: Path, show: Open) -> None:
    folder = shutil.copytree(verified, tmp_path / "run")
    result = json.loads((folder / "front.json").read_text())
    rows, chosen = result["latency_verification"], [each["arch_id"] for each in result["front"][-4:]]
    result["verification"] = [{"arch_id": a, "predicted": 70.0 + n, "found": 71.0 + n} for n, a in enumerate(chosen)]
    rows[0]["arch_id"] = result["verification"][0]["arch_id"] = HOSTILE
    (folder / "front.json").write_text(json.dumps(result))
    page = show(write_report(folder).path)
    assert page.locator("img").count() == 0
    broke = sum(not each["kept"] for each in rows)
    assert page.locator("#chart-agreement .points path").count() == len(rows) + broke
    assert page.locator("#chart-accuracies .points path").count() == len(chosen)
    assert page.get_by_text("Spearman's rank correlation 1.000").count() == 1
    assert page.get_by_text("Round 2: ").count() == 1
    page.locator("#chart-accuracies .points path").last.hover(force=True)
    assert "found 74.00 %" in page.locator("#chart-accuracies .hovertext").first.text_content()


@needs_chromium
def test_published_models_are_compared_line_by_line(finished: Path, tmp_path: Path, show: Open) -> None:
    page = show(write_report(finished, tmp_path / "report.html").path)
    rows = json.loads((finished / "front.json").read_text())["found_against_published"]
    points = page.locator("#against tbody td:nth-child(3) b").all_inner_texts()
    assert [float(text) for text in points] == pytest.approx([row["gain_points"] for row in rows], abs=0.006)
    page.locator("#against td button").first.click()
    assert page.locator("dialog h2").inner_text().startswith(rows[0]["found"][:8]) or rows[0]["gain_points"] == 0


@needs_chromium
def test_text_from_files_stays_text(measured: Path, show: Open) -> None:
    page = show(write_report(measured).path)
    assert page.locator("img").count() == 0
    row = page.locator("#networks tbody tr").first
    assert row.locator("th").inner_text() == HOSTILE
    row.locator("button.open").click()
    assert page.locator("dialog h2").inner_text() == HOSTILE
    page.keyboard.press("Escape")
    page.locator("#chart-front .scatterlayer .trace").last.locator(".points path").first.hover(force=True)


@needs_chromium
def test_origins_are_never_shown_alike(measured: Path, show: Open) -> None:
    page = show(write_report(measured).path)

    def looks(kind: str) -> tuple[str, ...]:
        style = (
            "(badge) => { const s = getComputedStyle(badge); return [s.backgroundColor, s.borderStyle, s.color]; }"
        )
        return tuple(page.locator(f".origin.{kind}").first.evaluate(style))

    kinds = ("measured", "predicted", "calibrated", "analytic", "unknown", "exact")
    assert len({looks(kind) for kind in kinds}) == len(kinds)
    # the row says `measured` of a latency that was predicted from other networks
    row = page.locator("#networks tbody tr").nth(1)
    assert row.locator(".origin").all_inner_texts() == [HOSTILE, "predicted from measured"]
    measured_trace = page.locator("#chart-front .legend .traces", has_text="front: latency measured")
    assert measured_trace.count() == 1


@needs_chromium
def test_downloads_hold_the_files(run: Path, tmp_path: Path, show: Open) -> None:
    best = json.loads((run / "front.json").read_text())["best"]
    (run / f"{best}.onnx").write_bytes(bytes(range(256)) * 4)
    page = show(write_report(run).path)
    for name in ("front.json", "published.csv", f"{best}.onnx", f"{best}.json"):
        with page.expect_download() as download:
            page.locator(f"main a[download='{name}']").click()
        path = run / ("archs" if name == f"{best}.json" else "") / name
        assert Path(download.value.path()).read_bytes() == path.read_bytes()


def test_a_large_file_is_named_and_left_where_it_is(run: Path) -> None:
    best = json.loads((run / "front.json").read_text())["best"]
    (run / f"{best}.onnx").write_bytes(bytes(MAX_BYTES + 1))
    text = write_report(run).path.read_text()
    assert f"<code>{best}.onnx</code>" in text
    assert "too large to carry here" in text
    assert base64.b64encode(bytes(3000)).decode() not in text


def test_the_page_asks_the_browser_to_fetch_nothing(finished: Path, tmp_path: Path) -> None:
    text = write_report(finished, tmp_path / "report.html").path.read_text()
    assert "default-src 'none'" in text
    assert not re.search(r"""(src|href)=["'](https?:|//|/|\.)""", text)


def test_the_same_run_gives_the_same_page(finished: Path, tmp_path: Path) -> None:
    first, second = (write_report(finished, tmp_path / name).path.read_bytes() for name in ("a.html", "b.html"))
    assert first == second
