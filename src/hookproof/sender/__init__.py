"""The sender under test as one check sees it: `Sender` is what the checks in suites/sender use."""

from hookproof.sender.endpoints import Sender

__all__ = ["Sender"]
