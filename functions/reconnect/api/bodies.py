"""The bodies that the owner's API takes; imported with the first of them, for Pydantic's sake."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)

from reconnect.api.caller import EMAIL
from reconnect.visit import Invalid
from relink.connection import Method
from relink.languages import LANGUAGES
from relink.providers import PROVIDERS
from relink.push_services import ENDPOINT_LIMIT, origin_of
from relink.reader import zone

B = TypeVar("B", bound=BaseModel)
MIDNIGHT = "00:00"
FORGIVING = "mail_works"
_TIME_OF_DAY = StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")


# What the validators below hold to, as far as a pattern can tell a reader.
_ADDRESS = f"^({EMAIL.pattern})?$".replace('\\"', '"')
_POINT = "^B[A-P][A-Za-z0-9_-]{85}={0,2}$"
_SECRET = "^[A-Za-z0-9_-]{22}={0,2}$"  # noqa: S105 - a pattern


def _documented(**told: Any) -> Any:
    """Return what the API's description says of a value that a function validates."""
    return Field(json_schema_extra=told)


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds characters that cannot be shown")
    return value


def _provider(value: str) -> str:
    if value not in PROVIDERS:
        raise ValueError("no such provider")
    return value


def _email(value: str) -> str:
    if value and not EMAIL.fullmatch(value):
        raise ValueError("no e-mail address")
    return value


def _true(value: bool) -> bool:  # noqa: FBT001 - what Pydantic calls
    if not value:
        raise ValueError("true, or left out")
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"one of {', '.join(LANGUAGES)}")
    return value


def _zone(value: str) -> str:
    if zone(value) is None:
        raise ValueError("no IANA time zone")
    return value


def _point(value: str) -> str:
    point = _decoded(value)
    if len(point) != 65 or point[0] != 4:  # noqa: PLR2004 - SEC 1, section 2.3.3: uncompressed
        raise ValueError("no uncompressed point on P-256")
    return value


def _secret(value: str) -> str:
    if len(_decoded(value)) != 16:  # noqa: PLR2004 - RFC 8291, section 3.2
        raise ValueError("not 16 bytes")
    return value


def _decoded(value: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", value):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))


def _endpoint(value: str) -> str:
    if not origin_of(value):
        raise ValueError("no address of a push service")
    return value


Endpoint = Annotated[str, StringConstraints(max_length=ENDPOINT_LIMIT), AfterValidator(_endpoint)]
Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)
]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(_printable),
]


class Body(BaseModel):
    """A JSON object that says nothing beyond what is asked for."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, regex_engine="python-re"
    )


class BankBody(Body):
    """An institution, and how it is to be reached: a way, as `GET /banks/search` tells it."""

    bank_id: Identifier
    name: Name
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\Z")]
    provider: Annotated[str, AfterValidator(_provider), _documented(enum=[*PROVIDERS])]
    method: Method
    customers: Literal["business", "personal"] | None = None


class SyncBody(Body):
    """What `POST /connections/{id}/sync` takes: what has happened since, or all that there is."""

    kind: Literal["standard", "historical"] = "standard"


class ConnectBody(Body):
    """What `POST /connections` takes."""

    bank: BankBody


class QuietHours(Body):
    """From when until when an owner is left in peace, in his own zone; over midnight, too."""

    since: Annotated[str, _TIME_OF_DAY] = Field(alias="from")
    until: Annotated[str, _TIME_OF_DAY]

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.since == self.until:
            raise ValueError("the same time twice; null means that no hour is quiet")
        return self


class ProfileBody(Body):
    """What `PUT /profile` takes: what is left out keeps its value, but something must be said.

    An empty address means that no mail is sent, `null` that no hour is quiet. `mail_works` says
    that mail reaches the address again; a complaint is not taken back by that.
    """

    email: Annotated[
        str,
        StringConstraints(max_length=254),
        AfterValidator(_email),
        _documented(pattern=_ADDRESS),
    ] = ""
    language: Annotated[str, AfterValidator(_language), _documented(enum=[*LANGUAGES])] = ""
    time_zone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)] = ""
    mail: StrictBool = True
    push: StrictBool = True
    reminders: StrictBool = True
    works_again: StrictBool = False
    quiet_hours: QuietHours | None = None
    mail_works: Annotated[StrictBool, AfterValidator(_true)] = True

    @property
    def forgives(self) -> bool:
        """Tell whether mail is said to reach the address again."""
        return FORGIVING in self.model_fields_set

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says nothing")
        return self

    def changes(self) -> dict[str, Any]:
        """Return what is said, by the profile's names."""
        said: dict[str, Any] = {n: getattr(self, n) for n in self.model_fields_set}
        said.pop(FORGIVING, None)
        if "quiet_hours" in said:
            hours = said.pop("quiet_hours")
            said["quiet_from"] = hours.since if hours else MIDNIGHT
            said["quiet_until"] = hours.until if hours else MIDNIGHT
        return said


class BrowserKeys(Body):
    """What is needed to encrypt for a browser (RFC 8291): a point on P-256, and 16 bytes."""

    p256dh: Annotated[
        str, StringConstraints(max_length=88), AfterValidator(_point), _documented(pattern=_POINT)
    ]
    auth: Annotated[
        str, StringConstraints(max_length=24), AfterValidator(_secret), _documented(pattern=_SECRET)
    ]


class SubscriptionBody(Body):
    """What `PUT /push-subscriptions` takes: a browser's `PushSubscription.toJSON()`."""

    endpoint: Endpoint
    expiration_time: Annotated[float, Field(gt=0, lt=1e14, strict=True)] | None = Field(
        default=None, alias="expirationTime"
    )
    keys: BrowserKeys

    @property
    def expires_at(self) -> int | None:
        """Return when the subscription ends, in epoch seconds; browsers count milliseconds."""
        return None if self.expiration_time is None else int(self.expiration_time / 1000)


class EndpointBody(Body):
    """What `DELETE /push-subscriptions` takes."""

    endpoint: Endpoint


def read(kind: type[B], body: bytes) -> B:
    """Return a JSON body as its model. Raises `Invalid`."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise Invalid(
            [
                {"pointer": "/".join(("#", *map(str, e["loc"]))), "detail": e["msg"]}
                for e in error.errors(include_url=False, include_input=False, include_context=False)
            ],
        ) from None
