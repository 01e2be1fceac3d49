"""Print template.yaml as the CloudFormation that AWS makes of it, without asking AWS.

Run by the Python of the SAM tools, which brings the translator: `python -m infra.sam.translate`,
with parameters as `Name=value`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from samtranslator.translator.transform import transform

from infra.sam.intrinsics import read
from infra.sam.template import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class NoManagedPolicies:
    """Every role is spelt out in the template, so there is none to look up in an account."""

    def load(self) -> dict[str, str]:
        """Return no policy."""
        return {}


def translate(path: Path, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the template with its serverless resources expanded to plain CloudFormation."""
    document = read(path)
    document["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"  # as packaging would
    return dict(transform(document, dict(parameters), NoManagedPolicies()))


if __name__ == "__main__":
    given = dict(told.split("=", 1) for told in sys.argv[1:])
    json.dump(translate(TEMPLATE, given), sys.stdout, indent=2)
