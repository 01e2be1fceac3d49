"""What can be wrong with a page that is only looked at: in light and dark, from phone to wall.

With `RELINK_PICTURES=<folder>` each look leaves pictures, for eyes that judge what no rule does.
"""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS: Final = (320, 768, 1280, 1920)
HEIGHT: Final = 844
PICTURED: Final = (390, 1280)
SCHEMES: Final = ("light", "dark")
BY_SCHEME: Final = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""Of all rules only this one sees another page in the dark."""
_seen = count(1)


def faults(page: Page) -> list[str]:
    """Return what is wrong with how a page looks, and what it says to who cannot see it."""
    before = page.viewport_size or {"width": PICTURED[0], "height": HEIGHT}
    page.emulate_media(reduced_motion="reduce")
    found = [*_violations(page), *_overflows(page)]
    _take_pictures(page)
    page.set_viewport_size(before)
    page.emulate_media(color_scheme="light", reduced_motion=None)
    return found


def too_wide(page: Page) -> int:
    """Return by how many pixels a page is wider than what it is shown on.

    A phone's `window.innerWidth` would not tell: it grows with what does not fit.
    """
    assert page.viewport_size
    wide = int(page.evaluate("document.documentElement.scrollWidth"))
    return wide - page.viewport_size["width"]


def shifts(page: Page) -> list[str]:
    """Return what has moved without being asked to since `watch_shifts`."""
    page.evaluate("new Promise((seen) => requestAnimationFrame(() => setTimeout(seen, 50)))")
    return list(page.evaluate("self.shifted ?? ['nobody watched']"))


def watch_shifts(page: Page) -> None:
    """Note from now on what moves on this page; what a press moves within half a second may."""
    page.evaluate(
        """() => {
          self.shifted = [];
          const told = ({value, sources}) => `${value} ${sources.map((s) => s.node?.className)}`;
          const note = (all) => all.filter((e) => !e.hadRecentInput).map(told);
          new PerformanceObserver((list) => self.shifted.push(...note(list.getEntries())))
            .observe({type: "layout-shift"});
        }"""
    )


def _violations(page: Page) -> list[str]:
    found = []
    for scheme, options in zip(SCHEMES, (None, BY_SCHEME), strict=True):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        answer: dict[str, Any] = Axe().run(page, options=options).response
        for each in answer["violations"]:
            where = [node["target"] for node in each["nodes"]]
            found.append(f"{scheme}: {each['id']} {each['help']} {where}")
    return found


def _overflows(page: Page) -> list[str]:
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        beyond = too_wide(page)
        if beyond > 0:
            found.append(f"{beyond} pixels wider than {width}")
    return found


def _take_pictures(page: Page) -> None:
    folder = os.environ.get("RELINK_PICTURES")
    if not folder:
        return
    test = re.sub(r"\W+", "-", os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0])
    number = next(_seen)
    for width in PICTURED:
        for scheme in SCHEMES:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.emulate_media(color_scheme=scheme)
            name = f"{number:03}-{test[:60]}-{width}-{scheme}.png"
            page.screenshot(path=Path(folder) / name, full_page=True, animations="disabled")
