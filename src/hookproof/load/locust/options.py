"""Our options on Locust's command line, and the defaults of Locust's own options."""

from __future__ import annotations

from typing import Any

from hookproof.options.table import LOADS


def add_options(parser: Any) -> None:
    """Add our options to Locust's parser. By default Locust then has no web page, and listens on loopback only."""
    group = parser.add_argument_group("hookproof", "webhook load: which deliveries, when, and what counts as kept")
    for option in LOADS:
        group.add_argument(f"--{option.name}", **option.attributes)
    parser.set_defaults(
        headless=True, web_host="127.0.0.1", master_bind_host="127.0.0.1", only_summary=True, loglevel="WARNING"
    )
