"""What is left when all has been told: nothing sent twice, nothing lost, nothing given away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.demo.cast import GATHERED

if TYPE_CHECKING:
    from infra.demo.cast import Cast

DEAD_LETTERS = "DeadLetters"
"""How the queues are named that must stay empty."""


def look_around(cast: Cast) -> None:
    """Deliver old records again, and look into what must be empty."""
    cast.tell.begin("What is left")
    mails = len(cast.stack.mailbox.mails())
    cast.stack.replay_stream(10)
    cast.stack.settle()
    cast.pass_time(GATHERED)
    cast.tell.observe(
        "stream records delivered again send nothing",
        "the mailbox",
        seen=len(cast.stack.mailbox.mails()),
        expected=mails,
    )
    dead = [queue for queue in cast.stack.template.queues() if queue.endswith(DEAD_LETTERS)]
    cast.tell.observe(
        "no message was lost",
        "the dead-letter queues",
        seen={queue: cast.stack.waiting(queue) for queue in dead},
        expected=dict.fromkeys(dead, 0),
    )
    written = cast.stack.logs() + "".join(m.raw.decode() for m in cast.stack.mailbox.mails())
    cast.tell.observe(
        f"none of {len(cast.secrets)} secrets that were entered stands in a log or a mail",
        "everything that the functions wrote",
        seen=[s for s in cast.secrets if re.search(rf"(?<!\w){re.escape(s)}(?!\w)", written)],
        expected=[],
    )
