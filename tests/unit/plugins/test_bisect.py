"""Finding culprits by halves: one, two that fail only together, and those that others need."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tutor.plugins.bisect import Culprits, search, smallest

if TYPE_CHECKING:
    from collections.abc import Sequence

PLUGINS = [f"plugin{number}" for number in range(40)]


@pytest.mark.parametrize("culprit", PLUGINS)
def test_one_of_many(culprit: str) -> None:
    """With as many trials as forty can be halved, and a few that are always made."""
    found = search(PLUGINS, [], {}, lambda plugins, _: culprit in plugins)
    assert found.plugins == (culprit,)
    assert found.trials <= 6 + 3


@pytest.mark.parametrize("pair", list(itertools.combinations(PLUGINS[::6], 2)))
def test_a_pair_that_fails_only_together(pair: tuple[str, str]) -> None:
    """Both are found."""
    found = search(PLUGINS, [], {}, lambda plugins, _: set(pair) <= set(plugins))
    assert found.plugins == pair


def test_three_of_a_list() -> None:
    """As many as it takes."""
    assert smallest(range(100), lambda some: {7, 50, 99} <= set(some)) == [7, 50, 99]


def test_what_a_plugin_needs_is_there_in_each_trial() -> None:
    """Else it would fail for another reason."""
    needs = {"plugin30": ["plugin3"], "plugin3": ["plugin1"]}
    tried: list[Sequence[str]] = []

    def fails(plugins: Sequence[str], _: Sequence[str]) -> bool:
        tried.append(plugins)
        return "plugin30" in plugins

    assert search(PLUGINS, [], needs, fails).plugins == ("plugin30",)
    assert all({"plugin3", "plugin1"} <= set(some) for some in tried if "plugin30" in some)


def test_it_does_not_fail() -> None:
    """One trial tells."""
    assert search(PLUGINS, ["A"], {}, lambda *_: False) == Culprits(fails=False, trials=1)


def test_a_setting() -> None:
    """Without plugins, too: then it is looked for among the settings."""
    settings = [f"SETTING{number}" for number in range(20)]
    found = search(PLUGINS, settings, {}, lambda _, some: "SETTING7" in some)
    assert (found.plugins, found.settings) == ((), ("SETTING7",))


def test_a_plugin_with_a_setting() -> None:
    """Neither alone."""
    found = search(PLUGINS, ["A", "B", "C"], {}, lambda p, s: "plugin9" in p and "B" in s)
    assert (found.plugins, found.settings) == (("plugin9",), ("B",))


def test_it_always_fails() -> None:
    """Nothing of this project is to blame."""
    found = search(PLUGINS, ["A"], {}, lambda *_: True)
    assert (found.plugins, found.settings, found.fails) == ((), (), True)
