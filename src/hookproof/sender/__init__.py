"""The sender under test as one check sees it: `Sender` is what the checks in suites/sender use."""

from hookproof.sender.greeting import greet, knock
from hookproof.sender.sender import Sender

__all__ = ["Sender", "greet", "knock"]
