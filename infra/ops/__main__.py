"""Operate a stack by hand: `python -m infra.ops --stack STACK COMMAND`.

What cannot be undone only says what it would do, unless it is told `--yes`. At once act `replay`
and `unlock`, which one connection at a time gets for the asking, and `pause-bank`, which
`resume-bank` ends. Secrets are shown by no command.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.ops import (
    erasing,
    keys,
    link_key,
    notices,
    owners,
    redrive,
    schedule,
    story,
    tables,
    words,
)
from infra.ops.letters import Wanted
from infra.ops.show import plain
from infra.ops.target import Target, Trouble, deployed, local
from relink.backoff import Throttled
from relink.queues import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Command = Callable[[Target, argparse.Namespace], dict[str, Any]]

SHOWN = 20
"""Dead letters of which one wants to know, unless one says how many."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked for; return 0, or 1 if it cannot be done. Exits with 2 if not understood."""
    told = parser().parse_args(arguments)
    command: Command = told.command
    try:
        answer = command(_target(told), told)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except ClientError as error:
        told_by_aws = error.response["Error"]
        parts = (error.operation_name, told_by_aws["Code"], told_by_aws.get("Message"))
        print(": ".join(filter(None, parts)), file=sys.stderr)
        return 1
    except (BotoCoreError, Refused, Throttled) as error:
        print(f"AWS cannot be asked: {str(error) or 'it is busy'}", file=sys.stderr)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    text = json.dumps(answer, indent=2, default=str) if told.json else plain(answer)
    print(text)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    made = argparse.ArgumentParser(prog="python -m infra.ops", description=__doc__)
    made.add_argument(
        "--stack", type=words.name, default="relink", help="the stack's name (relink)"
    )
    made.add_argument(
        "--endpoint",
        type=words.address,
        help="address of the local stack's AWS, which make local prints",
    )
    made.add_argument("--region", help="AWS region, if not the usual one")
    made.add_argument("--profile", help="AWS profile, if not the usual one")
    made.add_argument("--json", action="store_true", help="answer in JSON")
    commands = made.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, what: str, command: Command) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=what, description=what)
        one.set_defaults(command=command)
        return one

    _add_connections(add)
    _add_queues(add)
    _add_keys(add)
    _add_data(add)
    return made


def _add_connections(add: Callable[..., argparse.ArgumentParser]) -> None:
    one = add("show", "Tell a connection's story", lambda t, a: story.story(t, a.connection))
    one.add_argument("connection", type=words.name)
    one = add(
        "replay",
        "Have a connection synced now, as one of the day's four calls",
        lambda t, a: schedule.replay(t, a.connection, dead_runs=a.forget_dead_runs),
    )
    one.add_argument("connection", type=words.name)
    one.add_argument("--forget-dead-runs", action="store_true", help="having seen why they died")
    one = add(
        "unlock",
        "Lift the lock-out guard's pause; ask the owner first whether his login works at the bank",
        lambda t, a: schedule.unlock(t, a.connection),
    )
    one.add_argument("connection", type=words.name)
    one = add(
        "pause-bank",
        "Have the schedule leave a bank, or a whole provider, alone; owners still can sync",
        lambda t, a: schedule.pause_bank(t, a.provider, a.bank, a.hours),
    )
    one.add_argument("provider", type=words.name)
    _add_bank(one)
    one.add_argument("--hours", type=words.hours, default=24.0, help="how long (24)")
    one = add(
        "resume-bank",
        "End a pause",
        lambda t, a: schedule.resume_bank(t, a.provider, a.bank),
    )
    one.add_argument("provider", type=words.name)
    _add_bank(one)


def _add_queues(add: Callable[..., argparse.ArgumentParser]) -> None:
    one = add(
        "dead-letters",
        "List a queue's dead letters with their causes",
        lambda t, a: redrive.dead_letters(t, a.queue, _wanted(a)),
    )
    _add_wanted(one, limit=SHOWN)
    one = add(
        "redrive",
        "Put a queue's dead letters back, their cause being mended",
        lambda t, a: redrive.redrive(t, a.queue, _wanted(a), dry_run=not a.yes),
    )
    _add_wanted(one)
    _add_yes(one)
    one = add(
        "rebuild-notices",
        "Make good what the stream's dead letters named",
        lambda t, a: notices.rebuild_notices(t, everything=a.all, dry_run=not a.yes),
    )
    one.add_argument("--all", action="store_true", help="look at all connections and notices")
    _add_yes(one)


def _add_keys(add: Callable[..., argparse.ArgumentParser]) -> None:
    one = add(
        "rotate-link-key",
        "Have links signed by a new key",
        lambda t, a: link_key.rotate_link_key(t, void=a.void, dry_run=not a.yes),
    )
    one.add_argument("--void", action="store_true", help="and all links of before be void")
    _add_yes(one)
    one = add("rotate-vault", "Have credentials sealed anew under new data keys", _rotate_vault)
    one.add_argument("--reseal", action="store_true", help="second step: seal what is stored anew")
    one.add_argument(
        "--forget", action="store_true", help="third: delete the old ones, once out of use"
    )
    _add_yes(one)


def _add_data(add: Callable[..., argparse.ArgumentParser]) -> None:
    one = add(
        "export-owner",
        "Print all that is stored of an owner, in JSON",
        lambda t, a: owners.export_owner(t, a.owner),
    )
    one.add_argument("owner", type=words.name)
    one.set_defaults(json=True)
    one = add(
        "delete-owner",
        "Delete all that is stored of an owner; his banks are told first",
        lambda t, a: erasing.delete_owner(t, a.owner, dry_run=not a.yes),
    )
    one.add_argument("owner", type=words.name)
    _add_yes(one)
    one = add(
        "export-tables",
        "Write the tables to files",
        lambda t, a: tables.export_tables(t, a.folder),
    )
    one.add_argument("folder", type=Path)
    one = add(
        "import-tables",
        "Fill empty tables from files",
        lambda t, a: tables.import_tables(t, a.folder, dry_run=not a.yes, over=a.over),
    )
    one.add_argument("folder", type=Path)
    one.add_argument("--over", action="store_true", help="over what is there, if anything is")
    _add_yes(one)


def _rotate_vault(target: Target, told: argparse.Namespace) -> dict[str, Any]:
    if told.forget:
        return keys.forget_data_keys(target, dry_run=not told.yes)
    if told.reseal:
        return keys.reseal(target, dry_run=not told.yes)
    if not told.yes:
        raise Trouble("this gives all data keys successors; say --yes")
    return keys.rotate_vault(target)


def _add_bank(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "bank", type=words.name, nargs="?", help="the bank's id; all of the provider's without"
    )


def _add_wanted(one: argparse.ArgumentParser, limit: int | None = None) -> None:
    usual = "all" if limit is None else limit
    one.add_argument("queue", help="sync, attempt, webhook, notice or mailevent")
    one.add_argument("--older-than", type=words.age, default=0, help="such as 90s, 30m, 12h, 2d")
    one.add_argument("--newer-than", type=words.age, help="as above")
    one.add_argument("--contains", default="", help="text that the message holds")
    one.add_argument("--limit", type=words.count, default=limit, help=f"so many at most ({usual})")


def _wanted(told: argparse.Namespace) -> Wanted:
    return Wanted(told.older_than, told.newer_than, told.contains, told.limit)


def _add_yes(one: argparse.ArgumentParser) -> None:
    one.add_argument("--yes", action="store_true", help="do it; else only say what would be done")


def _target(told: argparse.Namespace) -> Target:
    if told.endpoint:
        return local(told.endpoint, told.stack)
    return deployed(told.stack, told.region, told.profile)


if __name__ == "__main__":
    sys.exit(main())
