"""A sync over recorded answers of banks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary
from relink.providers.fints.access import Access
from relink.providers.transport import Answer
from relink.reasons import Reason
from tests.unit.providers.fints.scripted import NOON, Bench, recorded

if TYPE_CHECKING:
    from relink.provider import Secret


def test_sync_reads_balance_and_movements(bench: Bench, secret: Secret) -> None:
    """A debit balance is negative; no movements are no error."""
    bench.play("logged_in", "accounts", "balance", "no_movements")
    result = bench.sync(secret)
    assert ["HKIDN HKTAN", "HKSPA", "HKSAL", "HKKAZ", "HKEND"] == bench.said
    account = result.accounts[0]
    assert (Decimal("-1123.4"), Decimal("876.6")) == (account.balance, account.available)
    assert () == result.added
    assert {} == result.account_errors
    assert [] == bench.rotated


def test_missing_balance_is_none(bench: Bench, secret: Secret) -> None:
    """A bank that refuses it for one account still shows the account's movements."""
    refused = b"HIRMG:2:2+9050::Fehler'HIRMS:3:2:3+9210::Konto nicht zugelassen.'"
    bench.play("logged_in", "accounts", refused, "no_movements")
    result = bench.sync(secret)
    assert [None] == [a.balance for a in result.accounts]
    assert {} == result.account_errors


def test_tan_wanted_in_a_sync_needs_the_owner(bench: Bench, secret: Secret) -> None:
    """Nobody is there to give it; the dialog is ended, and the demand with it."""
    bench.play("tan_at_login")
    with pytest.raises(NeedsOwner) as raised:
        bench.sync(secret)
    assert (Reason.SCA_REQUIRED, "0030") == (raised.value.reason, raised.value.provider_code)
    assert ["HKIDN HKTAN", "HKEND"] == bench.said


def test_pages_are_put_together_before_they_are_read(bench: Bench, secret: Secret) -> None:
    """Banks cut a statement anywhere, even in the middle of an amount."""
    text = (
        b":20:X\r\n:60F:C261101EUR1,00\r\n:61:2611021102CR12,34N166NONREF\r\n:86:166?20SVWZ+x\r\n-"
    )
    bench.play("logged_in", "accounts", "balance")
    for page, mark in ((text[:38], b"+3040::Mehr:AT-1"), (text[38:], b"")):
        head = b"HIRMG:2:2+0010::ok'HIRMS:3:2:3+0020::ok" + mark + b"'"
        bench.play(head + b"HIKAZ:4:5:3+@%d@" % len(page) + page + b"'")
    result = bench.sync(secret)
    assert [Decimal("12.34")] == [t.amount for t in result.added]
    assert b"+AT-1'" in bench.script.sent[4]


def test_same_mark_twice_is_no_end(bench: Bench, secret: Secret) -> None:
    """A bank that says "more" for ever is not followed."""
    page = b"HIRMG:2:2+0010::ok'HIRMS:3:2:3+3040::Mehr:AT-1'HIKAZ:4:5:3+@1@x'"
    bench.play("logged_in", "accounts", "balance", page, page, page)
    with pytest.raises(Temporary) as raised:
        bench.sync(secret)
    assert Reason.BAD_ANSWER is raised.value.reason
    assert 5 == len([s for s in bench.said if s != "HKEND"])


def test_new_system_id_is_fetched_once(bench: Bench, secret: Secret) -> None:
    """9391: the installation registers anew, in the same sync, and what it is told is kept."""
    unknown = b"HIRMG:2:2+9800::Abbruch'HIRMS:3:2:3+9391::Neue Kundensystem-ID holen'"
    again = recorded("synchronised").replace(b"NEWSYSTEM", b"OTHERSYSTEM")
    bench.play(unknown, again, "goodbye", "logged_in", "accounts", "balance", "no_movements")
    assert 1 == len(bench.sync(secret).accounts)
    assert "OTHERSYSTEM" == Access.opened(bench.rotated[0].reveal()).system_id
    bench = Bench()
    bench.play(unknown, unknown)
    with pytest.raises(Misconfigured):
        bench.sync(secret)


def test_renamed_user_is_remembered(bench: Bench, secret: Secret) -> None:
    """3072: the next login goes by the new name."""
    renamed = recorded("logged_in").replace(b"+3050::", b"+3072::Neue Daten:newuser:newcust+3050::")
    bench.play(renamed, "accounts", "balance", "no_movements")
    bench.sync(secret)
    access = Access.opened(bench.rotated[0].reveal())
    assert ("newuser", "newcust") == (access.user, access.customer)


def test_cursor_stands_still_while_nothing_is_new(bench: Bench, secret: Secret) -> None:
    """An unchanged answer writes nothing."""
    texts = []
    cursor = ""
    for day in range(3):
        text = b":20:X\r\n:61:2611021102CR12,34N166NONREF\r\n:86:166?20SVWZ+x\r\n-"
        kaz = b"HIRMG:2:2+0010::ok'HIRMS:3:2:3+0020::ok'HIKAZ:4:5:3+@%d@" % len(text) + text + b"'"
        bench.play("logged_in", "accounts", "balance", kaz, "goodbye")
        result = bench.sync(secret, cursor, NOON + day * 86_400)
        cursor = result.next_cursor
        texts.append((cursor, [t.transaction_id for t in result.added]))
    assert 1 == len({str(t) for t in texts})
    assert date(2026, 11, 2).isoformat() in cursor
    assert b"+20261026'" in bench.script.sent[-2]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (Answer(200, {}, b"<html>Wartung</html>"), Reason.BAD_ANSWER),
        (Answer(200, {"content-type": "text/html"}, b"Wartung"), Reason.BAD_ANSWER),
        (Answer(200, {}, b""), Reason.BAD_ANSWER),
        (Answer(200, {}, b"!!!!"), Reason.BAD_ANSWER),
        (Answer(200, {}, b"AAAA"), Reason.BAD_ANSWER),
        (Answer(302, {"location": "x"}, b""), Reason.BAD_ANSWER),
        (Answer(404, {}, b"nothing"), Reason.BAD_ANSWER),
        (Answer(403, {}, b"no"), Reason.MISCONFIGURED),
        (Answer(503, {}, b"down"), Reason.BANK_UNAVAILABLE),
        (Answer(429, {"retry-after": "60"}, b"slow"), Reason.RATE_LIMITED),
    ],
)
def test_what_is_not_fints_is_never_red(
    bench: Bench,
    secret: Secret,
    told: Answer,
    reason: Reason,
) -> None:
    """Law 2: nothing but the bank's own word makes red."""
    bench.play(told)
    with pytest.raises(ProviderError) as raised:
        bench.sync(secret)
    assert reason is raised.value.reason
    assert not isinstance(raised.value, NeedsOwner)


def test_later_failure_has_reached_the_bank(bench: Bench, secret: Secret) -> None:
    """Only a sync of which no message arrived may be given back."""
    unreachable = Temporary(Reason.NOT_REACHED, reached=False)
    bench.play(unreachable)
    with pytest.raises(Temporary) as raised:
        bench.sync(secret)
    assert not raised.value.reached
    bench.play("logged_in", Temporary(Reason.NOT_REACHED, reached=False))
    with pytest.raises(Temporary) as raised:
        bench.sync(secret)
    assert raised.value.reached
