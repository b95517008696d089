"""What an API lists, as values: its endpoints, and the channels of an account. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hookproof.api.api_answer import ApiAnswer
from hookproof.api.registration import Registration
from hookproof.target import listings

_SECRET = re.compile(r"(^|_)(secret|secret_?key|signing_?key|api_?key|token|password|private_?key)$", re.IGNORECASE)


@dataclass(frozen=True, repr=False)
class Listing:
    """The endpoints that an API lists. `known`: the secrets of the account that are known to us."""

    answer: ApiAnswer
    known: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return str(self.answer)

    __repr__ = __str__

    def entry(self, endpoint: Registration) -> dict[str, Any]:
        """How an endpoint is listed; empty if it is not, or is marked as gone."""
        found = listings.entry(self.answer.payload, endpoint.url)
        return {} if listings.is_gone(found) else found

    def shows(self, endpoint: Registration) -> bool:
        """Whether an endpoint is listed with its URL."""
        return bool(self.entry(endpoint))

    def members(self, endpoint: Registration, names: Iterable[str]) -> dict[str, Any]:
        """The members of these names that an endpoint is listed with."""
        entry = self.entry(endpoint)
        return {name: entry[name] for name in names if name in entry}

    def events(self, endpoint: Registration) -> Any:
        """The events that an endpoint is listed with; None if none are shown."""
        return self.entry(endpoint).get("events")

    def count(self, endpoint: Registration) -> int:
        """How often the endpoint's URL is listed, apart from what is marked as gone."""
        return len([each for each in self._of_its_url(endpoint) if not listings.is_gone(each)])

    def ids(self, endpoint: Registration) -> set[str]:
        """The ids that are listed for the endpoint's URL."""
        return {listings.id_of(each) for each in self._of_its_url(endpoint)}

    def _of_its_url(self, endpoint: Registration) -> list[dict[str, Any]]:
        return listings.entries(self.answer.payload, endpoint.url)

    def rewritten(self, endpoint: Registration) -> bool:
        """Whether the endpoint's URL is listed in another spelling than the one that was sent."""
        entry = listings.mentioning(self.answer.payload, endpoint.inbox.mark)
        spellings = [text for text in entry.values() if isinstance(text, str) and endpoint.inbox.mark in text]
        return bool(spellings) and endpoint.url not in spellings

    def confirms(self, change: ApiAnswer) -> bool:
        """Whether the URL that a change asked for stands in the answer to the change, or in the listing."""
        url = change.asked.get("url")
        shown = [each for payload in (change.payload, self.answer.payload) for each in listings.objects(payload)]
        return any("url" in each and each["url"] == url for each in shown)

    def secrets(self, endpoint: Registration) -> list[str]:
        """The members that give away what signs deliveries or authorises calls."""
        given = {
            value
            for each in listings.objects(endpoint.answer.payload)
            for name, value in each.items()
            if is_secret(name) and isinstance(value, str) and value
        }
        return [
            name
            for each in listings.objects(self.answer.payload)
            for name, value in each.items()
            if isinstance(value, str) and (value in self.known | given or (is_secret(name) and is_open(value)))
        ]


@dataclass(frozen=True, repr=False)
class ChannelListing:
    """The channels that an API lists. `ids`: those that must be among them."""

    answer: ApiAnswer
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.answer)

    __repr__ = __str__

    @property
    def missing(self) -> list[str]:
        """The ids that are not listed."""
        return [id_ for id_ in self.ids if not self.answer.contains(id_)]


def is_secret(name: str) -> bool:
    """Whether a member of that name holds what should not be shown."""
    return bool(_SECRET.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)))


def is_open(value: str) -> bool:
    """Whether a value is shown in full: long enough to be a key, and not masked."""
    return len(value) > 7 and not any(mask in value for mask in ("**", "…", "...", "••", "xxxx"))
