"""The releases of Open edX, in order. Source: their names, which follow the alphabet."""

from __future__ import annotations

#: From the oldest that can be upgraded in one go to the one that this version deploys.
RELEASES = ("redwood", "sumac", "teak", "ulmo", "verawood")
CURRENT = RELEASES[-1]
#: Those from which `tutor local upgrade` leads here.
UPGRADABLE = RELEASES[:-1]


def is_newer(release: str) -> bool:
    """Whether a release comes after the one that this version deploys.

    Names of releases follow the alphabet, so that it is known of those that do not exist yet.
    """
    return release > CURRENT
