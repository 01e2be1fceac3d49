"""Packages built for this machine, each at its first use, and the account that they run in."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from infra.lambda_runtime.account import Account, account
from infra.lambda_runtime.packages import Builder, interpreter, own_interpreter
from infra.lambda_runtime.runtime_process import Deployed, started
from infra.local.mail.mails import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from infra.lambda_runtime.runtime_process import Running

# At its end, the process tells which files it has imported. The real runtime has nothing like it.
WATCH = """
import atexit, os, sys

def tell():
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    with open(os.environ["IMPORTED"], "a") as file:
        file.writelines(f"{name}\\n" for name in files if name)

atexit.register(tell)
"""


@dataclass(frozen=True)
class Shop:
    """Where functions are built, deployed and started.

    Packages lie in `shared`, for all of pytest's workers; each has `folder` for itself.
    """

    account: Account
    mailbox: Mailbox
    builder: Builder
    folder: Path
    shared: Path

    def package(self, function: str) -> Path:
        """Return the package of a function, built when it is first asked for."""
        return self._once(function, lambda folder: self.builder.package(function, folder))

    def runtime(self) -> Path:
        """Return what Lambda's Python has beside a package."""
        return self._once("runtime", self._watched)

    def _watched(self, folder: Path) -> Path:
        self.builder.runtime(folder)
        (folder / "sitecustomize.py").write_text(WATCH)
        return folder

    def _once(self, name: str, build: Callable[[Path], Path]) -> Path:
        """Return what has been built, be it by another of pytest's workers."""
        with (self.shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            built = self.shared / name
            return built if built.exists() else build(built)

    def deployed(self, function: str) -> Deployed:
        """Return a function as it is deployed."""
        made = self.account.deployed(
            function, self.package(function), self.runtime(), self.builder.python
        )
        beside = {"IMPORTED": str(self.imported), "AWS_ENDPOINT_URL_SESV2": self.mailbox.url}
        return replace(made, environment={**made.environment, **beside})

    def started(self, function: str) -> AbstractContextManager[Running]:
        """Start a function."""
        return started(self.deployed(function), self.log)

    @property
    def log(self) -> Path:
        """Return the file that functions print to."""
        return self.folder / "log"

    @property
    def imported(self) -> Path:
        """Return the file in which ended processes list what they had imported."""
        return self.folder / "imported"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Return a shop for Lambda's own Python; where there is none, for the one that runs this."""
    folder = tmp_path_factory.mktemp("shop")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent / "packages" if "PYTEST_XDIST_WORKER" in os.environ else base / "packages"
    shared.mkdir(exist_ok=True)
    with account(parameters={"GatherSeconds": 0}) as here:
        mailbox = Mailbox(here.url, lambda: 0)
        try:
            builder = Builder(interpreter() or own_interpreter())
            yield Shop(here, mailbox, builder, folder, shared)
        finally:
            mailbox.close()
