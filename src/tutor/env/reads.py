"""What rendering reads: noted while it happens, for each setting and for each file."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tutor.config.settings import Alias

if TYPE_CHECKING:
    from collections.abc import Callable

#: Functions of the core for templates that read nothing, or only what is noted when they read it.
PURE = frozenset(
    (
        "compose_additions",
        "cycler",
        "default_limit",
        "default_workers",
        "dict",
        "iter_mounted_directories",
        "iter_mounts",
        "iter_values_named",
        "joiner",
        "namespace",
        "patch",
        "range",
        "resources",
        "rsa_import_key",
    )
)
#: Those that give what hooks make of their defaults.
CALLED = frozenset(("iter_cms_celery_parameters", "iter_lms_celery_parameters"))
#: Filters that give something else each time, look at the disk, or reach into objects.
IMPURE_FILTERS = frozenset(
    ("attr", "encrypt", "random", "random_string", "rsa_private_key", "uuid", "walk_templates")
)
_SCALARS = (str, int, float, bool, type(None))
KINDS = ("settings", "variables", "templates", "patches", "called")


class Reads:
    """What one computation read itself, by name.

    ``unknown`` says that it also read something else: it has to be done again.
    """

    __slots__ = (*KINDS, "names", "unknown")

    def __init__(self) -> None:
        self.settings: set[str] = set()
        self.variables: set[str] = set()
        self.templates: set[str] = set()
        self.patches: set[str] = set()
        self.called: set[str] = set()
        #: Whether it read which settings there are.
        self.names = False
        self.unknown = False

    def plain(self) -> Any:
        """The same as plain data."""
        if self.unknown:
            return None
        return (*(tuple(sorted(getattr(self, kind))) for kind in KINDS), self.names)


class Computation:
    """As a context: what is read inside is what one computation read. One that fails is done again."""

    __slots__ = ("reads", "running")

    def __init__(self, running: list[Reads]) -> None:
        self.running = running
        self.reads = Reads()

    def __enter__(self) -> Reads:
        self.running.append(self.reads)
        return self.reads

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.running.pop()
        if kind is not None:
            self.reads.unknown = True


_NOTHING = Reads()


class Watch:
    """Notes what is read, for the computation that runs now."""

    def __init__(self) -> None:
        #: By name of the setting.
        self.resolved: dict[str, Reads] = {}
        self._running: list[Reads] = []
        self._shared: list[tuple[Any, Any]] = []

    @property
    def now(self) -> Reads:
        """The reads of what runs; of nobody, when nothing does."""
        return self._running[-1] if self._running else Reads()

    def computing(self) -> Computation:
        """What is read inside belongs to one computation."""
        return Computation(self._running)

    def resolving(self, name: str) -> Computation:
        """What is read inside belongs to a setting."""
        computation = Computation(self._running)
        self.resolved[name] = computation.reads
        return computation

    def note_plain(self, name: str) -> None:
        """A setting has a value that reads nothing."""
        self.resolved[name] = _NOTHING

    def forget(self) -> None:
        """Begin anew, when nothing runs."""
        self.resolved.clear()
        self._shared.clear()

    def give_up(self) -> None:
        """Whatever runs now depends on more than is noted."""
        for reads in self._running:
            reads.unknown = True

    def note_shared(self, value: Any) -> None:
        """Templates read a value that one of them could change for all others."""
        if isinstance(value, (list, dict)) and is_data(value):
            self._shared.append((value, copy.deepcopy(value)))

    def disturbed(self) -> bool:
        """Whether a shared value was changed: what a file is rendered to then depends on those before it."""
        return any(repr(value) != repr(before) for value, before in self._shared)

    def restore(self) -> None:
        """Make shared values what they were."""
        for value, before in self._shared:
            value.clear()
            if isinstance(value, list):
                value.extend(before)
            else:
                value.update(before)

    def note_global(self, name: str, *, of_core: bool) -> None:
        """A template asked for a name that is no setting."""
        now = self.now
        if not of_core:
            now.variables.add(name)
        elif name in CALLED:
            now.called.add(name)
        elif name not in PURE and not name.isupper():
            now.unknown = True


def is_data(value: Any) -> bool:
    """Whether a value is nothing but data, so that its text tells everything about it."""
    if type(value) in (list, tuple):
        return all(map(is_data, value))
    if type(value) is dict:
        return all(is_data(k) and is_data(v) for k, v in value.items())
    return type(value) in _SCALARS or type(value) is Alias


class WatchedFilters(dict[str, "Callable[..., Any]"]):
    """Filters of templates that are noted when a template asks for them.

    Args:
        watch: what they are noted with.
        known: filters of Jinja and of the core, whose results depend on nothing else than what they get.
    """

    def __init__(self, watch: Watch, known: dict[str, Callable[..., Any]]) -> None:
        super().__init__(known)
        self.watch = watch
        self._kept: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {}
        self.known = {name: f for name, f in known.items() if name not in IMPURE_FILTERS}

    def __getitem__(self, name: str) -> Callable[..., Any]:
        found = super().__getitem__(name)
        if self.known.get(name) is not found:
            self.watch.now.unknown = True
        return self._guarded(name, found)

    def get(self, name: str, default: Any = None) -> Any:
        """A filter; Jinja asks in this way for those whose names are computed, and when it compiles."""
        found = super().get(name, default)
        if self.known.get(name) is not found:
            self.watch.now.unknown = True
        return found if found is default else self._guarded(name, found)

    def _guarded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The filter as templates call it."""
        kept = self._kept.get(name)
        if kept is None or kept[0] is not function:
            from tutor.env.undefined import guarded

            kept = self._kept[name] = (function, guarded(name, function))
        return kept[1]
