"""Hold the licences of what ships against those that we may ship: `python -m infra.licences`.

What ships is what uv.lock gives the functions' dependency groups, and what that needs in turn.
"""

from __future__ import annotations

import sys
import tomllib
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOCK: Final = Path(__file__).parent.parent / "uv.lock"
GROUPS: Final = ("dispatch", "sync", "notify", "reconnect")
FREE: Final = ("apache", "mit", "bsd", "psf-", "isc", "mpl")
"""Licences that ask for no more than to be named; MPL for its own files, which we do not change."""
LESSER: Final = frozenset({"enum-tools", "fints"})
"""Libraries under the LGPL: shipped unmodified, as files that can be replaced, as it asks."""
CHOSEN: Final = {"text-unidecode": "Artistic License"}
"""Of several licences that a package offers, the one that we take it under."""
ELSEWHERE: Final = frozenset({"colorama", "tomli"})
"""What the lock has for other systems or Pythons."""


def shipped(groups: Iterable[str] = GROUPS) -> set[str]:
    """Return the names of all packages that the functions' packages may hold."""
    with LOCK.open("rb") as file:
        packages: list[dict[str, Any]] = tomllib.load(file)["package"]
    needs: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for package in packages:  # some in several versions: what any of them needs
        name = package["name"]
        needs[name, ""] += package.get("dependencies", [])
        for extra, more in package.get("optional-dependencies", {}).items():
            needs[name, extra] += more
        for group, more in package.get("dev-dependencies", {}).items():
            needs[name, group] += more
    wanted, found = [("relink", group) for group in groups], set()
    while wanted:
        one = wanted.pop()
        if one not in found:
            found.add(one)
            wanted += [(d["name"], e) for d in needs[one] for e in ("", *d.get("extra", ()))]
    return {name for name, _ in found} - {"relink"}


def licence(name: str) -> str:
    """Return what a package says of its licence. Raises `PackageNotFoundError`."""
    told: Mapping[str, str] = metadata(name).json  # type: ignore[assignment]
    classifiers = [c for c in told.get("classifier", ()) if c.startswith("License ::")]
    first = str(told.get("license", "")).strip().splitlines()[:1]
    return str(told.get("license_expression") or " ".join([*classifiers, *first]) or "unknown")


def judged(name: str, text: str) -> str:
    """Return what is wrong with shipping a package under a licence; nothing if it may be."""
    told = CHOSEN.get(name, text).lower()
    if name in CHOSEN:
        return "" if told in text.lower() else f"is no longer offered under {CHOSEN[name]}"
    if "affero" in told or "agpl" in told:
        return "binds whoever offers it as a service"
    lesser = "lesser" in told or "lgpl" in told
    if ("gpl" in told or "general public" in told) and not lesser:
        return "binds what is shipped with it"
    if lesser:
        return "" if name in LESSER else "is LGPL, and not on the list of those"
    return "" if any(word in told for word in FREE) else "is not known to be free"


def main() -> int:
    """Print each package with its licence; return 1 if one must not ship."""
    wrong = 0
    for name in sorted(shipped()):
        try:
            text = licence(name)
        except PackageNotFoundError:
            if name not in ELSEWHERE:
                print(f"WRONG: {name} is not installed: is .venv up to date?")
                wrong += 1
            continue
        why = judged(name, text)
        wrong += bool(why)
        print(f"{'WRONG: ' if why else ''}{name}: {text[:90]}{f' ({why})' if why else ''}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
