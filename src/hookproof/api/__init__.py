"""The management API under test as one check sees it: calls as documented, and as they should not be."""

from hookproof.api.api import Api

__all__ = ["Api"]
