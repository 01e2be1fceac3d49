from __future__ import annotations

import base64
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from relink.failures import Misconfigured
from relink.providers.enablebanking.app_token import AppToken
from tests.unit.providers.enablebanking.scripted import NOON

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

APP = "cf589be3-3755-465b-a8df-a90a16a31403"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    """Return an application's key."""
    return generate_private_key(public_exponent=65_537, key_size=2_048)


def pem(key: RSAPrivateKey | EllipticCurvePrivateKey) -> str:
    """Return a key as it is kept."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_the_token_is_what_the_service_asks_for(key: RSAPrivateKey) -> None:
    """Header, issuer, audience, and a life of less than a day."""
    token = AppToken(APP, pem(key)).bearer(NOON)

    assert {"typ": "JWT", "alg": "RS256", "kid": APP} == jwt.get_unverified_header(token)
    claims = jwt.decode(
        token,
        key.public_key(),
        algorithms=["RS256"],
        audience="api.enablebanking.com",
        issuer="enablebanking.com",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert {
        "iss": "enablebanking.com",
        "aud": "api.enablebanking.com",
        "iat": NOON,
        "exp": NOON + 3_600,
    } == claims


def test_a_key_may_be_given_in_one_line(key: RSAPrivateKey) -> None:
    """Parameters and variables often hold no line ends."""
    text = pem(key)
    for given in (text.replace("\n", "\\n"), base64.b64encode(text.encode()).decode()):
        assert AppToken(APP, given).bearer(NOON)


def test_a_token_is_used_again_until_it_is_old(key: RSAPrivateKey) -> None:
    """Signing costs more than anything else in a sync; a clock set back signs again."""
    app = AppToken(APP, pem(key))
    first = app.bearer(NOON)

    assert first == app.bearer(NOON + 2_999)
    assert first != app.bearer(NOON + 3_000)
    assert first != app.bearer(NOON - 1)


def test_a_token_that_was_forgotten_is_signed_anew(key: RSAPrivateKey) -> None:
    """After a refusal the next call brings another."""
    app = AppToken(APP, pem(key))
    app.bearer(NOON)
    app.forget()

    claims = jwt.decode(app.bearer(NOON + 5), options={"verify_signature": False})
    assert NOON + 5 == claims["iat"]


def test_threads_share_one_token(key: RSAPrivateKey) -> None:
    """Fifty syncs at once sign once."""
    app = AppToken(APP, pem(key))
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(app.bearer, [NOON] * 50))

    assert 1 == len(tokens)


@pytest.mark.parametrize("given", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END"])
def test_a_key_that_is_none_is_ours_to_mend(given: str) -> None:
    """The operator is told; the key's text is in no error."""
    with pytest.raises(Misconfigured) as raised:
        AppToken(APP, given).bearer(NOON)

    assert raised.value.__cause__ is None
    assert "AAAA" not in f"{raised.value!r}{raised.value.provider_text}"
    assert not raised.value.reached


def test_a_key_of_another_kind_is_ours_to_mend() -> None:
    """Only RS256 is taken."""
    with pytest.raises(Misconfigured):
        AppToken(APP, pem(ec.generate_private_key(ec.SECP256R1()))).bearer(NOON)


def test_describing_a_form_imports_no_cryptography() -> None:
    """Who only draws a page does not pay for what signs."""
    code = (
        "import sys; from relink.providers import load; from relink.connection import *;"
        "p = load('enablebanking', {});"
        "p.describe_credentials(Bank('b', 'B', 'ES', 'enablebanking', Method.CONSENT));"
        "print(sorted({'jwt', 'cryptography'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert "[]" == done.stdout.strip()
