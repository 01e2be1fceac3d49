"""Credentials on their way in: sealed for one attempt of one connection, and no other."""

from __future__ import annotations

import boto3
import pytest

from relink.intake import LIMIT, Intake, TooLarge
from tests.fakes import connection

ANSWERS = {"user": "maría", "password": "contraseña 🏦"}


@pytest.fixture
def intake(aws: None) -> Intake:  # noqa: ARG001 - moto must be up
    """Return the intake key of a new stack."""
    kms = boto3.client("kms")
    return Intake(kms, kms.create_key()["KeyMetadata"]["KeyId"])


def test_answers_come_out_as_they_went_in(intake: Intake) -> None:
    """In any script, and unreadable in between."""
    sealed = intake.seal(ANSWERS, connection(), "att_1")

    assert intake.open(sealed, connection(), "att_1") == ANSWERS
    assert b"contrase" not in sealed


def test_they_open_for_their_own_attempt_only(intake: Intake) -> None:
    """Workspace, connection and attempt are part of the seal."""
    sealed = intake.seal(ANSWERS, connection(), "att_1")
    wrong = [
        (connection(), "att_2"),
        (connection(connection_id="con_2"), "att_1"),
        (connection(workspace_id="ws_2"), "att_1"),
    ]
    for other, attempt_id in wrong:
        with pytest.raises(Exception, match="InvalidCiphertext"):
            intake.open(sealed, other, attempt_id)


def test_what_kms_cannot_take_is_told_before_it_is_asked(intake: Intake) -> None:
    """4 096 bytes, however few letters they are."""
    overhead = len('{"a":""}')
    intake.seal({"a": "x" * (LIMIT - overhead)}, connection(), "att_1")
    for value in ("x" * (LIMIT - overhead + 1), "漢" * (LIMIT // 6 + 1)):
        with pytest.raises(TooLarge):
            intake.seal({"a": value}, connection(), "att_1")
