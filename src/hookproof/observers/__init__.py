"""How effects are counted: an observer answers how often the receiver acted on an event.

An observer that is dead, or that counts what was never sent, makes checks inconclusive; it never speaks against
the target.
"""

from hookproof.observers.forms import FORMS, parse
from hookproof.observers.http_observer import HttpObserver
from hookproof.observers.observer import Observer
from hookproof.observers.watch import Watch

__all__ = ["FORMS", "HttpObserver", "Observer", "Watch", "parse"]
