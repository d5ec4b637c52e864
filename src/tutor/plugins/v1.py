"""API v1, as plugins call it: a plugin is a module that contributes to the hooks when imported."""

from __future__ import annotations

from tutor.core.lookup import hand_on

#: Names that plugins call, and that ask for an opened project: see `tutor.facade`.
HANDED_ON = frozenset(("discover_module", "discover_package"))


__getattr__ = hand_on(__name__, "tutor.facade.plugins", HANDED_ON)
