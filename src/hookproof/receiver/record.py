"""What one check did to a receiver: the evidence that its line in the journal and its reproducer are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from hookproof.delivery.attempt import Attempt
from hookproof.evidence.differences import Difference
from hookproof.target.check_key import CheckKey


@dataclass
class Record:
    """`at_once`: numbers of attempts made at the same moment; `counted`: ids of events whose effects were counted."""

    check: CheckKey
    attempts: list[Attempt] = field(default_factory=list)
    at_once: set[int] = field(default_factory=set)
    counted: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
