"""What specs/ says, as values: providers, their surfaces, kinds of event and requirements."""

from hookproof.providers.fields.challenge_tables import ChallengeFields
from hookproof.providers.fields.platform_tables import CallFields, PlatformFields
from hookproof.providers.files import SpecError
from hookproof.providers.loading import load, names
from hookproof.providers.placeholders import filled, holds
from hookproof.providers.provider import ROTATION, Operation, Provider, Surface
from hookproof.providers.requirements import Requirement, baseline, check_id, checks, is_check_id, requirements
from hookproof.providers.tables import Event

__all__ = [
    "ROTATION",
    "CallFields",
    "ChallengeFields",
    "Event",
    "Operation",
    "PlatformFields",
    "Provider",
    "Requirement",
    "SpecError",
    "Surface",
    "baseline",
    "check_id",
    "checks",
    "filled",
    "holds",
    "is_check_id",
    "load",
    "names",
    "requirements",
]
