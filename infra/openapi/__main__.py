"""Write the API's description: `python -m infra.openapi [--check]`.

`--check` writes nothing and exits 1 if docs/openapi.json is not what the code says.
"""

from __future__ import annotations

import json
import sys

from infra.openapi.document import ROOT, describe

PLACE = ROOT / "docs" / "openapi.json"


def text() -> str:
    """Return the description as it is committed."""
    return json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check the file; return the exit code."""
    if "--check" not in sys.argv[1:]:
        PLACE.write_text(text())
        print(f"{PLACE.relative_to(ROOT)} is written")
        return 0
    if PLACE.exists() and PLACE.read_text() == text():
        return 0
    print("docs/openapi.json is not what the code says: make openapi")
    return 1


if __name__ == "__main__":
    sys.exit(main())
