"""What the function is made of: its pages and its API, each made when it is first needed."""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from reconnect.api.accounts import AccountsApi
from reconnect.api.banks import BanksApi
from reconnect.api.connections import ConnectionsApi
from reconnect.api.disconnecting import DisconnectApi
from reconnect.api.history import HistoryApi
from reconnect.api.notifications import NotificationsApi
from reconnect.api.once import Once
from reconnect.api.profiles import ProfileApi
from reconnect.api.push import PushApi
from reconnect.api.sync_now import SyncApi
from reconnect.attempts.attempting import Reconnecting
from reconnect.banks_page import BanksPage, LogIn
from reconnect.links.browser import Browsers
from reconnect.links.fresh import FreshLinks
from reconnect.links.opening import Doorkeeper
from reconnect.links.pages import LinkPages
from reconnect.links.returning import Returning
from reconnect.links.unsubscribing import Unsubscribing
from reconnect.links.viewing import LinkView
from reconnect.pages import House, Pages
from reconnect.stores import Environment, Stores
from reconnect.webhooks import Webhooks
from relink import providers
from relink.environment import read
from relink.push_services import PushServices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relink.connection import Bank
    from relink.provider import Field, Provider


class Services(Stores):
    """The collaborators, and what they read and write."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(read(Environment, environ))
        self._environ = environ
        self._providers: dict[str, Provider] = {}
        self.log = Logger()

    @cached_property
    def link_pages(self) -> LinkPages:
        """Return the pages behind a link."""
        return LinkPages(
            door=self.door,
            reconnecting=self.reconnecting,
            fresh=self.fresh_links,
            browsers=self.browsers,
            view=self.view,
            log=self.log,
        )

    @cached_property
    def returning(self) -> Returning:
        """Return the address that banks send owners back to."""
        return Returning(self.door, self.reconnecting, self.browsers, self.view, self.log)

    @cached_property
    def door(self) -> Doorkeeper:
        """Return what opens links."""
        return Doorkeeper(self.keys, self.reconnecting, self.owners, self.ledger.accounts)

    @cached_property
    def browsers(self) -> Browsers:
        """Return what knows browsers again."""
        return Browsers(self.ledger.accounts, self._environment.public_url)

    @cached_property
    def view(self) -> LinkView:
        """Return what shows opened links."""
        return LinkView(self.pages, self.fields_of, self.ledger.accounts)

    @cached_property
    def pages(self) -> Pages:
        """Return what renders pages."""
        told = self._environment
        house = House(told.host_app_name, told.public_url, told.chat_url, told.chat_script)
        return Pages(house)

    @cached_property
    def banks_page(self) -> BanksPage:
        """Return the page of the owner's banks."""
        told = self._environment
        log_in = LogIn(
            issuer=told.jwt_issuer,
            client_id=told.login_client_id,
            audience=told.jwt_audience,
            scope=told.login_scope,
            origin=told.login_origin,
        )
        return BanksPage(self.pages, log_in, told.vapid_public_key)

    @cached_property
    def connections_api(self) -> ConnectionsApi:
        """Return the owner's API for his connections."""
        return ConnectionsApi(
            connections=self.connections,
            pages=self.workspace_pages,
            ledger=self.ledger,
            owners=self.owners,
            keys=self.keys,
            outages=self._outages,
            chosen=self.banks_api.chosen,
            public_url=self._environment.public_url,
            log=self.log,
        )

    @cached_property
    def accounts_api(self) -> AccountsApi:
        """Return the owner's API for accounts and movements."""
        return AccountsApi(
            connections=self.connections,
            ledger=self.ledger,
            owners=self.owners,
            names=self.account_names,
            movements=self.movements,
        )

    @cached_property
    def history_api(self) -> HistoryApi:
        """Return the owner's API for what has happened to a connection."""
        return HistoryApi(self.connections, self.owners, self.trail)

    @cached_property
    def once(self) -> Once:
        """Return what does a request once, however often it is sent."""
        return Once(self._dynamodb, self._environment.owners_table, self.keys, self.log)

    @cached_property
    def banks_api(self) -> BanksApi:
        """Return the owner's API for the banks that he can connect."""
        return BanksApi(self.bank_lists)

    @cached_property
    def sync_api(self) -> SyncApi:
        """Return the owner's API to have a bank synced now."""
        return SyncApi(
            connections=self.connections,
            reconnecting=self.reconnecting,
            keys=self.keys,
            queue=self._attempt_queue,
            public_url=self._environment.public_url,
            log=self.log,
        )

    @cached_property
    def disconnect_api(self) -> DisconnectApi:
        """Return the owner's API to give a bank up."""
        return DisconnectApi(self.connections, self.attempts, self._attempt_queue, self.log)

    @cached_property
    def notifications_api(self) -> NotificationsApi:
        """Return the owner's API for what he is to be told."""
        return NotificationsApi(
            connections=self.connections,
            owners=self.owners,
            notices=self.notices,
            addresses=self.addresses,
            outages=self._outages,
        )

    @cached_property
    def profile_api(self) -> ProfileApi:
        """Return the owner's API for how he is reached."""
        return ProfileApi(
            owners=self.owners,
            addresses=self.addresses,
            subscriptions=self.subscriptions,
            queue=self._notice_queue,
            push_key=self._environment.vapid_public_key,
        )

    @cached_property
    def push_api(self) -> PushApi:
        """Return the owner's API for the browsers that he is pushed to in."""
        told = self._environment
        services = PushServices.parse(told.push_services)
        return PushApi(self.subscriptions, services, told.vapid_public_key)

    @cached_property
    def unsubscribing(self) -> Unsubscribing:
        """Return the pages behind the link at the end of a reminder."""
        return Unsubscribing(self.keys, self.owners, self.pages, self.log)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Return the routes that providers call."""
        return Webhooks(self._webhook_queue)

    @cached_property
    def reconnecting(self) -> Reconnecting:
        """Return what makes attempts; the keys and queues behind it wait for the first one."""
        return Reconnecting(
            connections=self.connections,
            attempts=self.attempts,
            intake=lambda: self._intake,
            queue=self._attempt_queue,
        )

    @cached_property
    def fresh_links(self) -> FreshLinks:
        """Return what has a new link mailed."""
        return FreshLinks(
            notices=self.notices,
            owners=self.owners,
            addresses=self.addresses,
            queue=self._notice_queue,
        )

    def fields_of(self, bank: Bank) -> tuple[Field, ...]:
        """Return what a bank's provider asks for."""
        provider = self._providers.get(bank.provider)
        if provider is None:
            provider = providers.load(bank.provider, self._environ)
            self._providers[bank.provider] = provider
        return provider.describe_credentials(bank)


@cache
def bootstrap() -> Services:
    """Return the collaborators, made from the process's environment at the first request."""
    return Services(os.environ)
