"""Write the one module that host apps load: `python -m infra.component`."""

from __future__ import annotations

from infra.component.joining import TARGET, joined

if __name__ == "__main__":
    TARGET.write_text(joined(), encoding="utf-8")
