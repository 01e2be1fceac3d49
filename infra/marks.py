"""Pages of the documentation into which programs write, each between its own marks."""

from __future__ import annotations


def filled(page: str, begin: str, end: str, text: str) -> str:
    """Return a page with what stands between two marks replaced.

    Raises `ValueError` if the first is not there once, or the other not after it.
    """
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if page.count(begin) != 1 or not found:
        raise ValueError(f"the page has no place for {begin.strip()}")
    return f"{before}{begin}{text}{end}{after}"
