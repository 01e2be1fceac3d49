from __future__ import annotations

import pytest

from relink.failures import Misconfigured, NeedsOwner, ProviderError, Temporary
from relink.provider import SyncResult
from relink.providers import berlin_group
from relink.providers.enablebanking import codes
from relink.providers.enablebanking.refusals import refusal
from relink.providers.transport import Answer
from relink.reasons import Reason, Scope
from tests.unit.providers.enablebanking.scripted import (
    NOON,
    SESSION,
    Bench,
    call,
    connection,
    recorded,
    refused,
)
from tests.unit.providers.listed import class_of, triples
from tests.unit.providers.playing import answer

TYPES = {"ok": None, "orange": Temporary, "red": NeedsOwner, "action": NeedsOwner}


def shown(error: ProviderError) -> tuple[str, str]:
    """Return an error's class and scope, its type held against them."""
    kind = class_of(error)
    expected = Misconfigured if error.scope is Scope.OPERATOR else TYPES[kind]
    assert expected is type(error)
    return kind, error.scope.value


def status_of(scope: str) -> int:
    """Return a status that would say something else by itself."""
    return 401 if scope != "operator" else 500


def ask_sync(refusal_: Answer) -> tuple[str, str]:
    """Return what a sync says of an error that every account answers."""
    bench = Bench()
    bench.everywhere(refusal_)
    try:
        result = bench.adapter.sync(connection(), call())
    except ProviderError as error:
        return shown(error)
    return shown(next(iter(result.account_errors.values())))


@pytest.mark.parametrize(("code", "kind", "scope"), triples("enablebanking"))
def test_each_code_has_its_class_and_scope(code: str, kind: str, scope: str) -> None:
    """The table gives every known code the verdict of the list, and none to what is no error."""
    verdict = codes.TEXTS[code][1] if code.startswith("text:") else codes.CODES[code]

    if kind == "ok":
        assert verdict is None
    else:
        assert verdict is not None
        assert (kind, scope) == shown(verdict.error(code))


@pytest.mark.parametrize(("code", "kind", "scope"), triples("berlin_group"))
def test_each_code_of_a_bank_has_its_class_and_scope(code: str, kind: str, scope: str) -> None:
    """The table of NextGenPSD2 gives every known code the verdict of the list."""
    verdict = berlin_group.CODES[code]

    if kind == "ok":
        assert verdict is None
    else:
        assert verdict is not None
        assert (kind, scope) == shown(verdict.error(code))


@pytest.mark.parametrize(
    ("code", "kind", "scope"),
    [
        r
        for r in triples("enablebanking")
        if r[1] != "ok" and not r[0].startswith(("session:", "text:"))
    ],
)
def test_a_code_colours_the_sync_whatever_its_status(code: str, kind: str, scope: str) -> None:
    """The body decides before the status: each code keeps its verdict under one that lies."""
    assert (kind, scope) == ask_sync(refused(code, status_of(scope)))


@pytest.mark.parametrize(
    ("code", "kind", "scope"),
    [r for r in triples("enablebanking") if r[0].startswith("session:")],
)
def test_a_sessions_status_colours_the_connection(code: str, kind: str, scope: str) -> None:
    """The session is read first, and what it says concerns the whole connection."""
    bench = Bench()
    bench.fine()
    session = {**recorded("session"), "status": code.removeprefix("session:")}
    bench.transport.play(f"GET /sessions/{SESSION}", answer(session))

    if kind == "ok":
        assert isinstance(bench.adapter.sync(connection(), call()), SyncResult)
        return
    with pytest.raises(ProviderError) as raised:
        bench.adapter.sync(connection(), call())
    assert (kind, scope) == shown(raised.value)
    assert code == raised.value.provider_code


@pytest.mark.parametrize(
    ("code", "kind", "scope"),
    [r for r in triples("enablebanking") if r[0].startswith("text:")],
)
def test_a_daily_limits_words_are_a_limit_until_midnight(code: str, kind: str, scope: str) -> None:
    """Banks tell their daily limit in words of their own, wrapped in whatever code."""
    words = code.removeprefix("text:")
    error = refusal(refused("ASPSP_ERROR", 400, {"message": words}), NOON)

    assert (kind, scope) == shown(error)
    assert Reason.RATE_LIMITED is error.reason
    assert NOON + 43_200 == error.retry_at


@pytest.mark.parametrize(
    ("code", "kind", "scope"),
    [r for r in triples("berlin_group") if r[1] != "ok"],
)
def test_a_banks_code_decides_before_its_wrapper(code: str, kind: str, scope: str) -> None:
    """The aggregator's "error interacting" says nothing; what it quotes does."""
    if code.startswith("consent:"):
        detail: object = {"consentStatus": code.removeprefix("consent:")}
    else:
        detail = {"tppMessages": [{"category": "ERROR", "code": code, "text": "…"}]}

    assert (kind, scope) == ask_sync(refused("ASPSP_ERROR", 400, detail))


@pytest.mark.parametrize("seen", recorded("refusals"), ids=lambda s: s["seen"])
def test_answers_as_they_were_seen_have_the_right_colour(seen: dict[str, object]) -> None:
    """Answers that users of the service have reported are told apart."""
    error = refusal(answer(seen["body"], int(str(seen["status"]))), NOON)

    assert (seen["reason"], seen["scope"]) == (error.reason.value, error.scope.value)
    wait = {"midnight": NOON + 43_200, "hour": NOON + 3_600}.get(str(seen.get("retry")))
    assert wait == error.retry_at


def test_a_limit_with_a_time_ends_at_that_time() -> None:
    """What the bank says of the time counts before what is usual."""
    body = {"code": 429, "error": "ASPSP_RATE_LIMIT_EXCEEDED", "message": "no"}

    error = refusal(answer(body, 429, **{"retry-after": "7200"}), NOON)

    assert NOON + 7_200 == error.retry_at


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, Reason.BAD_ANSWER), (429, Reason.RATE_LIMITED), (503, Reason.PROVIDER_UNAVAILABLE)],
)
def test_a_web_page_is_never_the_owners_fault(status: int, reason: Reason) -> None:
    """A proxy's page in front of the service says nothing of the consent."""
    page = Answer(status, {"content-type": "text/html"}, b"<html>session expired</html>")

    assert reason is refusal(page, NOON).reason


def test_what_the_bank_echoes_of_the_owner_is_struck_out() -> None:
    """A text for people never holds what opens an account."""
    refusal_ = refused("WRONG_CREDENTIALS_PROVIDED", 422, "companyId 12345678 does not match")

    assert "companyId *** does not match" == refusal(refusal_, NOON, ("12345678",)).provider_text


def test_a_message_of_great_depth_is_read_to_a_depth() -> None:
    """What nobody writes is not searched to its end."""
    detail: object = "CONSENT_EXPIRED"
    for _ in range(50):
        detail = {"error_data": [detail]}

    assert Reason.BANK_UNAVAILABLE is refusal(refused("ASPSP_ERROR", 400, detail), NOON).reason


def test_our_own_rejected_token_is_signed_anew() -> None:
    """A 401 that is ours drops the token, so that the next call brings another."""
    bench = Bench()
    bench.transport.play(f"GET /sessions/{SESSION}", refused("UNAUTHORIZED_ACCESS", 401))

    with pytest.raises(Misconfigured):
        bench.adapter.sync(connection(), call())

    assert 1 == bench.app.forgotten
