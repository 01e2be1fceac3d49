"""What SnapStart keeps: the function with all made that a request may need, and nothing asked.

Lambda calls `warm` once for a version that is deployed, before it takes the snapshot, and `renew`
in each process that it restores from it: an owner behind a link does not wait for our imports.
Without SnapStart neither is called, and everything is made when it is first needed.
"""

from __future__ import annotations

import os
import random
import ssl
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Final

from snapshot_restore_py import register_after_restore, register_before_snapshot

from reconnect.assembly import Services, bootstrap
from reconnect.pages import load_templates
from relink.languages import LANGUAGES
from relink.providers import PROVIDERS
from relink.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

LATE: Final = (*PROVIDERS.values(), "reconnect.api.bodies", "reconnect.api.change_bodies")
"""What is imported when it is first needed."""
SEED_BYTES: Final = 48


def register() -> None:
    """Have Lambda's runtime client call both at their time."""
    register_before_snapshot(warm)
    register_after_restore(renew)


def warm() -> None:
    """Make what requests need, but call nobody.

    A connection would be dead, and an answer old, in what is restored days later.
    """
    services = bootstrap()
    for name in _parts(type(services)):
        getattr(services, name)
    for module in LATE:
        import_module(module)
    load_templates()
    for language in LANGUAGES:
        reader = Reader(language)
        reader.moment(0)
        reader.enumerate(["1", "2"], 2)


def renew() -> None:
    """Give this process random numbers of its own.

    All processes restored from one snapshot begin with the same state of Python's generator, which
    spreads our retries, and of OpenSSL's. `secrets` asks the kernel each time.
    """
    random.seed()
    ssl.RAND_add(os.urandom(SEED_BYTES), SEED_BYTES)


def _parts(services: type[Services]) -> Iterator[str]:
    for kind in services.__mro__:
        yield from (n for n, member in vars(kind).items() if isinstance(member, cached_property))
