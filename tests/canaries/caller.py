"""A browser and an app before the HTTP function: requests as API Gateway hands them over."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.canaries.sinks import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.canaries.sinks import Sinks
    from tests.privileges.house import House

FORM_TYPE = "application/x-www-form-urlencoded"
CLAIMS = {"sub": "own_1", "workspace": "ws_1", "email": "own_1@example.com"}
HOST = "127.0.0.1:1"


@dataclass
class Caller:
    """Calls handlers, and keeps what they answer or fail with."""

    house: House
    sinks: Sinks
    cookies: dict[str, str] = field(default_factory=dict)

    def call(self, run: Callable[[], Any]) -> Any:
        """Call a handler; what leaves it as an error goes where crash dumps go."""
        try:
            with self.sinks.open(self.house.patch):
                answer = run()
        except (Exception, Stopped) as error:  # noqa: BLE001 - whatever it is, it is looked into
            self.sinks.crash(error)
            self.sinks.stop_in = 0
            return None
        self.sinks.put("answers", answer)
        return answer

    def api(self, method: str, path: str, value: Any = None) -> Any:
        """Call the owner's API."""
        body = "" if value is None else json.dumps(value)
        return self.request(method, path, body, claims=CLAIMS, content="application/json")

    def request(
        self,
        method: str,
        path: str,
        body: str = "",
        claims: Mapping[str, str] | None = None,
        content: str = FORM_TYPE,
    ) -> Any:
        """Call the HTTP function as API Gateway does."""
        path, _, query = path.partition("?")
        http = {"method": method, "path": path, "sourceIp": "192.0.2.7"}
        context: dict[str, Any] = {
            "domainName": HOST,
            "http": http,
            "requestId": "request",
            "stage": "$default",
        }
        if claims:
            context["authorizer"] = {"jwt": {"claims": dict(claims)}}
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {
                "accept": "application/json" if claims else "text/html",
                "content-type": content,
                "host": HOST,
                "user-agent": "Firefox",
            },
            "requestContext": context,
            "body": base64.b64encode(body.encode()).decode(),
            "isBase64Encoded": True,
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
        }
        answer = self.call(lambda: self.house.run("ReconnectFunction", event))
        for cookie in (answer or {}).get("cookies") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer
