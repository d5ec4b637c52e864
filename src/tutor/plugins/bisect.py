"""Finding which plugins, or which settings, make something fail: by halves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Culprits:
    """What is to blame.

    Args:
        plugins: those that make it fail, only together where there are several.
        settings: those of ``config.yml`` that have to be set for it.
        fails: whether it fails at all.
        trials: how often it was tried.
    """

    plugins: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    fails: bool = True
    trials: int = 0


def search(
    plugins: Sequence[str],
    settings: Sequence[str],
    needs: Mapping[str, Sequence[str]],
    fails: Callable[[Sequence[str], Sequence[str]], bool],
) -> Culprits:
    """Find the smallest set of plugins and settings that fails.

    Args:
        plugins: in the order in which they are loaded.
        settings: of ``config.yml``.
        needs: plugin → those that have to be there with it.
        fails: tries some plugins with some settings.
    """
    trials = 0

    def count(some: Sequence[str], with_settings: Sequence[str]) -> bool:
        nonlocal trials
        trials += 1
        return fails(some, with_settings)

    if not count(plugins, settings):
        return Culprits(fails=False, trials=trials)
    guilty: list[str] = []
    if plugins and not count((), settings):
        guilty = smallest(plugins, lambda some: count(_closed(some, plugins, needs), settings))
    kept = _closed(guilty, plugins, needs)
    found: list[str] = []
    if settings and not count(kept, ()):
        found = smallest(settings, lambda some: count(kept, some))
    return Culprits(tuple(guilty), tuple(found), trials=trials)


def smallest(items: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> list[T]:
    """A smallest list of items that fails, given that all of them fail and none of them does not.

    The shortest beginning of the list that fails ends with one that takes part. With that one added to all
    that is tried, the next one is found in the same way: for each that takes part, as many trials as the list
    can be halved.
    """
    needed: list[T] = []
    rest = list(items)
    while True:
        low, high = 0, len(rest)  # rest[:high] fails together with those that are needed
        while low < high:
            middle = (low + high) // 2
            if fails([*rest[:middle], *needed]):
                high = middle
            else:
                low = middle + 1
        if high == 0:
            return needed
        needed.insert(0, rest[high - 1])
        rest = rest[: high - 1]
        if fails(needed):
            return needed


def _closed(some: Sequence[str], order: Sequence[str], needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Plugins, and those that they need, in order."""
    wanted, waiting = set(some), list(some)
    while waiting:
        for name in needs.get(waiting.pop(), ()):
            if name not in wanted:
                wanted.add(name)
                waiting.append(name)
    return [name for name in order if name in wanted]
