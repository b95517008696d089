"""An inbox of ours that an API is told to deliver to, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hookproof.target.endpoints.own_endpoint import OwnEndpoint


@dataclass(frozen=True)
class OwnInbox:
    """A URL of ours that nobody knows yet."""

    endpoint: OwnEndpoint

    @property
    def url(self) -> str:
        return self.endpoint.url

    @property
    def mark(self) -> str:
        """The part of the URL that no other inbox has."""
        return urlsplit(self.url).path.strip("/")

    @property
    def by_address(self) -> bool:
        """The URL names our machine by its address, not by a name."""
        host = urlsplit(self.url).hostname or ""
        return ":" in host or host.replace(".", "").isdigit()

    @property
    def on_loopback(self) -> bool:
        """The inbox is on the platform's own machine, so that the API has to take a loopback address."""
        host = urlsplit(self.url).hostname or ""
        return host == "localhost" or host.startswith("127.") or host == "::1"

    def fill(self, template: Any) -> Any:
        """A text with the inbox's own in place of {scheme}, {inbox} and {token}; anything else as it is."""
        if not isinstance(template, str):
            return template
        for name, value in {
            "{scheme}": urlsplit(self.url).scheme,
            "{inbox}": urlsplit(self.url).netloc,
            "{token}": self.mark,
        }.items():
            template = template.replace(name, value)
        return template
