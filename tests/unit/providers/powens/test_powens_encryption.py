"""Credentials are sealed as the standard says: another's implementation opens them."""

from __future__ import annotations

import pytest
from joserfc import jwe
from joserfc.jwk import RSAKey

from relink.failures import Misconfigured, ProviderError, Temporary
from relink.providers.powens.encryption import PublicKey, compact
from relink.providers.transport import Answer, bad_answer
from tests.unit.providers.playing import Played, answer
from tests.unit.providers.powens.fakes import CONNECTIONS, FORM, Bench, bench, error

KEY_PATH = "GET /publickey"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    """Return a domain's key."""
    return RSAKey.generate_key(2_048, {"kid": "key-1", "use": "enc"})


def opened(sealed: str, key: RSAKey) -> str:
    """Return what a standard implementation finds in a sealed value."""
    found = jwe.decrypt_compact(sealed, key, algorithms=["RSA-OAEP-256", "A256GCM"])
    assert found.plaintext is not None
    return found.plaintext.decode()


def test_a_value_is_sealed_for_the_domain_alone(key: RSAKey) -> None:
    """With the algorithms that Powens asks for, and another key each time."""
    public = PublicKey.model_validate(key.as_dict(private=False))
    first, second = (compact("contraseña ñ".encode(), public) for _ in range(2))
    assert "contraseña ñ" == opened(first, key) == opened(second, key)
    assert first != second


def test_all_but_choices_arrive_sealed(powens: Bench, key: RSAKey) -> None:
    """What is chosen from a list is no secret, and Powens reads it as it is."""
    powens.wire.play(KEY_PATH, answer(key.as_dict(private=False)))
    powens.log_in(FORM)
    sent = powens.wire.last(f"POST {CONNECTIONS}").content
    assert "pp" == sent["website"]
    found = {name: opened(sent[name], key) for name in ("login", "password")}
    assert {"login": FORM["login"], "password": FORM["password"]} == found


def test_the_key_is_asked_for_once_an_hour(powens: Bench, key: RSAKey) -> None:
    """By all logins together."""
    powens.wire.play(KEY_PATH, answer(key.as_dict(private=False)))
    for _ in range(3):
        powens.log_in(FORM)
    assert powens.wire.names().count(KEY_PATH) == 1


@pytest.mark.parametrize(
    "no_key", [error("notFound", 404), error("methodNotAllowed", 405), answer({}, 404)]
)
def test_a_domain_without_a_key_gets_them_under_tls(powens: Bench, no_key: Answer) -> None:
    """Unless the setting requires a key: then nothing is sent."""
    powens.wire.play(KEY_PATH, no_key)
    powens.log_in(FORM)
    assert FORM["password"] == powens.wire.last(f"POST {CONNECTIONS}").content["password"]
    strict = bench(POWENS_ENCRYPTION="required")
    strict.wire.play(KEY_PATH, no_key)
    with pytest.raises(ProviderError):
        strict.log_in(FORM)
    assert f"POST {CONNECTIONS}" not in strict.wire.names()


@pytest.mark.parametrize(
    "played",
    [
        answer({}),
        answer({"kty": "RSA"}),
        error("bug", 500),
        bad_answer("not json"),
        Answer(404, {"content-type": "text/html"}, b"<html>a proxy's page</html>"),
    ],
)
def test_a_key_that_cannot_be_had_stops_the_login(powens: Bench, played: Played) -> None:
    """Credentials are never sent less well protected because something is broken."""
    powens.wire.play(KEY_PATH, played)
    with pytest.raises(Temporary):
        powens.log_in(FORM)
    assert f"POST {CONNECTIONS}" not in powens.wire.names()


@pytest.mark.parametrize(
    "changes",
    [{"kty": "EC"}, {"n": "AQAB"}, {"e": "AA"}, {"n": "", "e": ""}],
)
def test_a_key_that_is_none_stops_the_login(
    powens: Bench, key: RSAKey, changes: dict[str, str]
) -> None:
    """It is for the operator to ask Powens about."""
    powens.wire.play(KEY_PATH, answer({**key.as_dict(private=False), **changes}))
    with pytest.raises(Misconfigured):
        powens.log_in(FORM)
    assert f"POST {CONNECTIONS}" not in powens.wire.names()
