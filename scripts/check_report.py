"""Open the report of a search of 10,000 trials in headless Chromium and check what a reader would.

    python scripts/check_report.py

Needs playwright and Chromium. Writes results/report-page.csv: size, time until every chart is drawn (median and
slowest of several fresh browsers), console messages, requests, and hovering, sorting, phones and both schemes.
`--pictures DIR` keeps screenshots. Checked are a search for one device and one for a fleet of two.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TABLE = Path(__file__).parents[1] / "results" / "report-page.csv"
OPENINGS = 7
DESK, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
FLEET = ("--device", "jetson-nano", "--budget", "40ms", "--fleet")


def main() -> None:
    """Search, write the page, check it."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    rows = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        for run, further in (("one device", ()), ("fleet of two", FLEET)):
            folder = Path(name) / run.replace(" ", "-")
            search = ["search", "--device", "jetson", "--budget", "10ms", *further, "--trials", str(options.trials)]
            subprocess.run(
                [sys.executable, "-m", "nas.cli", *search, "--report", "--json", "--out", str(folder)],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            found = checked(folder / "report.html", playwright.chromium, chromium, options.pictures)
            rows += [{"run": run, "trials": options.trials, "check": key, **value} for key, value in found.items()]
    frame = pd.DataFrame(rows)
    frame.to_csv(TABLE, index=False)
    print(frame.to_string(index=False))
    if not frame["met"].all():
        sys.exit("not everything was met")


def checked(path: Path, launcher: Any, chromium: str, pictures: Path | None) -> dict[str, dict[str, Any]]:
    """Value, limit and whether it was met, for each check of the page at `path`."""
    problems: list[str] = []
    first_ms, all_ms = [], []
    for _ in range(OPENINGS):  # a fresh process each time: nothing is cached
        browser = launcher.launch(executable_path=chromium, args=["--no-sandbox"])
        page = opened(browser, path, problems, viewport=DESK)
        first_ms.append(float(page.get_attribute("html", "data-first") or "nan"))
        all_ms.append(float(page.get_attribute("html", "data-ready") or "nan"))
        browser.close()
    browser = launcher.launch(executable_path=chromium, args=["--no-sandbox"])
    page = opened(browser, path, problems, viewport=DESK)
    found = {
        "size, MB": most(path.stat().st_size / 1e6, 5),
        "front drawn after, s, median": most(float(np.median(first_ms)) / 1e3, 2),
        "all drawn after, s, median": most(float(np.median(all_ms)) / 1e3, 2),
        "all drawn after, s, slowest": noted(max(all_ms) / 1e3),
        "hovering shows the architecture": holds(hovers(page)),
        "sorting by every column": holds(sorts(page)),
    }
    for scheme in ("light", "dark"):
        phone = opened(browser, path, problems, viewport=PHONE, color_scheme=scheme, is_mobile=True, has_touch=True)
        found[f"page width on a phone, {scheme}, px"] = most(
            phone.evaluate("document.documentElement.scrollWidth"), 390
        )
        found[f"smallest contrast of text, {scheme}"] = least(phone.evaluate(CONTRAST), 4.5)
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            desk = opened(browser, path, problems, viewport=DESK, color_scheme=scheme)
            for what, each in (("desk", desk), ("phone", phone)):
                each.screenshot(path=pictures / f"{path.parent.name}-{what}-{scheme}.png", full_page=True)
    browser.close()
    for kind, what in (("console", "console messages"), ("error", "errors"), ("request", "requests")):
        found[what] = most(sum(each.startswith(kind) for each in problems), 0)
    return found


def opened(browser: "Browser", path: Path, problems: list[str], **options: Any) -> "Page":
    """The page in a context of its own, drawn; what it says, fails at or asks for is added to `problems`."""
    page = browser.new_context(**options).new_page()
    page.on("console", lambda message: problems.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("request", lambda each: problems.append(f"request: {each.url}") if each.url != path.as_uri() else None)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    return page


def hovers(page: "Page") -> bool:
    """Whether a point of the front shows its levels."""
    page.locator("#chart-front .scatterlayer .trace").nth(1).locator(".points path").last.hover(force=True)
    return "stride 16" in (page.locator("#chart-front .hovertext").first.text_content() or "")


def sorts(page: "Page") -> bool:
    """Whether a click on each heading of numbers leaves them in order."""
    headings = page.locator("#networks thead th")
    for index in range(headings.count()):
        headings.nth(index).locator("button").click()
        cells = page.locator(f"#networks tbody tr > :nth-child({index + 1})")
        values = [text for text in cells.evaluate_all("(all) => all.map((each) => each.dataset.value)") if text]
        numbers = [float(text) for text in values if text != "None"]
        if numbers != sorted(numbers):
            return False
    return True


def most(value: float, limit: float) -> dict[str, Any]:
    """A value that may not exceed its limit."""
    return {"value": round(value, 3), "limit": f"at most {limit:g}", "met": value <= limit}


def noted(value: float) -> dict[str, Any]:
    """A value without a limit."""
    return {"value": round(value, 3), "limit": "", "met": True}


def least(value: float, limit: float) -> dict[str, Any]:
    """A value that may not fall below its limit."""
    return {"value": round(value, 3), "limit": f"at least {limit:g}", "met": value >= limit}


def holds(value: bool) -> dict[str, Any]:
    """Something that is to be true."""
    return {"value": int(value), "limit": "yes", "met": value}


# contrast ratio of WCAG 2 between every visible text and the first opaque background behind it
CONTRAST = """
() => {
  const parsed = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const v = c[i] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (node) => {
    for (let each = node; each; each = each.parentElement) {
      const colour = parsed(getComputedStyle(each).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const ratios = [];
  for (const node of document.querySelectorAll("main *, header *")) {
    const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim());
    if (!own || node.closest("svg") || !node.getClientRects().length) continue;
    const [a, b] = [light(parsed(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    ratios.push((a + 0.05) / (b + 0.05));
  }
  return Math.min(...ratios);
}
"""


if __name__ == "__main__":
    main()
