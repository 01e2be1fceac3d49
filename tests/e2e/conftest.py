"""What the browser tests share: one browser, and one stack whose banks wait for their owner."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from infra.local.desk.desk import Desk
from infra.local.stack import Stack, StackOptions
from tests.e2e.surfer import PATIENCE
from tests.e2e.waiting_banks import PARAMETERS, WaitingBanks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

FLAGS = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser that the machine has, cut off from the network."""
    program = shutil.which("chromium")
    if program is None:
        assert not os.environ.get("CI"), "CI must have Chromium: apt-get install chromium"
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def banks() -> Iterator[WaitingBanks]:
    """Start a stack in which everything waits for its owner."""
    with Stack(StackOptions(parameters=PARAMETERS)) as stack:
        yield WaitingBanks(stack)


@pytest.fixture(scope="session")
def desk(banks: WaitingBanks) -> Iterator[Desk]:
    """Show the owner's mailbox."""
    with closing(Desk(banks.stack, 0)) as desk:
        yield desk
