"""What is left when all has been told: nothing sent twice, nothing lost, nothing given away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.demo.cast import GATHERED

if TYPE_CHECKING:
    from infra.demo.cast import Cast

DEAD_LETTERS = ("SyncDeadLetters", "AttemptDeadLetters", "NoticeDeadLetters", "StreamDeadLetters")


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
    cast.tell.observe(
        "no message was lost",
        "the dead-letter queues",
        seen={q: cast.stack.waiting(q) for q in DEAD_LETTERS},
        expected=dict.fromkeys(DEAD_LETTERS, 0),
    )
    written = cast.stack.logs() + "".join(m.raw.decode() for m in cast.stack.mailbox.mails())
    cast.tell.observe(
        f"none of {len(cast.secrets)} secrets that were entered stands in a log or a mail",
        "everything that the functions wrote",
        seen=[s for s in cast.secrets if re.search(rf"(?<!\w){re.escape(s)}(?!\w)", written)],
        expected=[],
    )
