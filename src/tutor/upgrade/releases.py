"""The releases of Open edX, in order. Source: their names, which follow the alphabet."""

from __future__ import annotations

#: From the oldest that can be upgraded in one go to the one that this version deploys.
RELEASES = ("redwood", "sumac", "teak", "ulmo", "verawood")
CURRENT = RELEASES[-1]
#: Every release that a version of tutor deployed, and the number of that version: ironwood's was 3, those
#: from juniper on count from 10.
OLDER = ("juniper", "koa", "lilac", "maple", "nutmeg", "olive", "palm", "quince")
VERSIONS = {"3": "ironwood"} | {str(n): name for n, name in enumerate((*OLDER, *RELEASES), 10)}
#: Those from which `tutor local upgrade` leads here.
UPGRADABLE = RELEASES[:-1]


def of_version(version: str) -> str | None:
    """The release that a version of tutor deploys, if there is one of that number."""
    return VERSIONS.get(version.partition(".")[0])


def is_newer(release: str) -> bool:
    """Whether a release comes after the one that this version deploys.

    Names of releases follow the alphabet, so that it is known of those that do not exist yet.
    """
    return release > CURRENT
