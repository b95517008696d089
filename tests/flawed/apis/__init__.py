"""Management APIs with one flaw each; see tests/flawed. Served as the senders are. Beyond what is said there:

options     what the platform is made with, such as `mode`: a dictionary
arguments   what else the command line must say: a list

Only the flaws made for them run the checks whose requests are generated; the controls run all, and none is in production: what is delivered there does not reach our inbox.
"""

from tests.flawed.senders import served_flaw

__all__ = ["served_flaw"]
