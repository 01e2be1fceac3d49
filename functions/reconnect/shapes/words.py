"""The words of the API's shapes: times, amounts, and the closed lists that the code works with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, WithJsonSchema

from reconnect.attempts.standing import Standing
from relink.addresses import Trouble
from relink.attempt import Kind, State
from relink.connection import Method
from relink.disconnecting import Data
from relink.languages import LANGUAGES
from relink.providers import PROVIDERS
from relink.reasons import Reason, Status
from relink.trail import Cause

DOCUMENTED = ConfigDict(use_attribute_docstrings=True)


def _one_of(*names: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(names)})


Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Address = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
Amount = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})]
Currency = Annotated[str, WithJsonSchema({"type": "string", "examples": ["EUR"]})]
Country = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
Colour = Annotated[str, _one_of(*Status)]
MethodName = Annotated[str, _one_of(*Method)]
ProviderName = Annotated[str, _one_of(*PROVIDERS)]
ReasonName = Annotated[str, _one_of(*Reason)]
CauseName = Annotated[str, _one_of(*Cause)]
OutcomeName = Annotated[str, _one_of(*State)]
TroubleName = Annotated[str, _one_of(*Trouble)]
DataName = Annotated[str, _one_of(*Data)]
Language = Annotated[str, _one_of(*LANGUAGES)]
AttemptKind = Annotated[str, _one_of(*Kind)]
Level = Literal["primary", "secondary", "info"]
StandingName = Annotated[str, _one_of(*Standing)]
TimeOfDay = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"})]
