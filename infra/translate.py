"""Print template.yaml as the CloudFormation that AWS makes of it, without asking AWS.

Run by the Python of the SAM tools, which brings the translator: `python -m infra.translate`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from samtranslator.translator.transform import transform

from infra.intrinsics import read
from infra.template import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path


class NoManagedPolicies:
    """Every role is spelt out in the template, so there is none to look up in an account."""

    def load(self) -> dict[str, str]:
        """Return no policy."""
        return {}


def translate(path: Path) -> dict[str, Any]:
    """Return the template with its serverless resources expanded to plain CloudFormation."""
    document = read(path)
    document["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"  # as packaging would
    return dict(transform(document, {}, NoManagedPolicies()))


if __name__ == "__main__":
    json.dump(translate(TEMPLATE), sys.stdout, indent=2)
