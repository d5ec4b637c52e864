"""What rendering reads: noted while it happens, for each setting and for each file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Functions of the core for templates that read nothing, or only what is noted when they read it.
PURE = frozenset(
    (
        "cycler",
        "default_limit",
        "default_workers",
        "dict",
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
#: Those that look at folders of the user's, and only there where there are mounts.
MOUNTING = frozenset(("iter_mounts", "iter_mounted_directories"))
#: Filters that give something else each time, or look at the disk.
IMPURE_FILTERS = frozenset(
    ("encrypt", "random", "random_string", "rsa_private_key", "uuid", "walk_templates")
)
KINDS = ("settings", "variables", "templates", "patches", "called")


class Reads:
    """What one computation read itself, by name.

    ``unknown`` says that it also read something else: it has to be done again.
    """

    __slots__ = (*KINDS, "mounts", "names", "unknown")

    def __init__(self) -> None:
        self.settings: set[str] = set()
        self.variables: set[str] = set()
        self.templates: set[str] = set()
        self.patches: set[str] = set()
        self.called: set[str] = set()
        #: Whether it read which settings there are.
        self.names = False
        #: Whether it read the folders that are mounted.
        self.mounts = False
        self.unknown = False

    def plain(self) -> Any:
        """The same as plain data."""
        if self.unknown:
            return None
        return (*(tuple(sorted(getattr(self, kind))) for kind in KINDS), self.names, self.mounts)


class Watch:
    """Notes what is read, for the computation that runs now."""

    def __init__(self) -> None:
        #: By name of the setting.
        self.resolved: dict[str, Reads] = {}
        self._running: list[Reads] = []

    @property
    def now(self) -> Reads:
        """The reads of what runs; of nobody, when nothing does."""
        return self._running[-1] if self._running else Reads()

    @contextlib.contextmanager
    def computing(self) -> Iterator[Reads]:
        """What is read inside belongs to one computation."""
        reads = Reads()
        self._running.append(reads)
        try:
            yield reads
        finally:
            self._running.pop()

    @contextlib.contextmanager
    def resolving(self, name: str) -> Iterator[None]:
        """What is read inside belongs to a setting."""
        with self.computing() as reads:
            yield
        self.resolved[name] = reads

    def give_up(self) -> None:
        """Whatever runs now depends on more than is noted."""
        for reads in self._running:
            reads.unknown = True

    def note_global(self, name: str, *, of_core: bool) -> None:
        """A template asked for a name that is no setting."""
        now = self.now
        if not of_core:
            now.variables.add(name)
        elif name in CALLED:
            now.called.add(name)
        elif name in MOUNTING:
            now.mounts = True
        elif name not in PURE and not name.isupper():
            now.unknown = True


class WatchedFilters(dict[str, "Callable[..., Any]"]):
    """Filters of templates that are noted when a template asks for them.

    Args:
        watch: what they are noted with.
        known: filters of Jinja and of the core, whose results depend on nothing else than what they get.
    """

    def __init__(self, watch: Watch, known: dict[str, Callable[..., Any]]) -> None:
        super().__init__(known)
        self.watch = watch
        self.known = {name: f for name, f in known.items() if name not in IMPURE_FILTERS}

    def __getitem__(self, name: str) -> Callable[..., Any]:
        found = super().__getitem__(name)
        if self.known.get(name) is not found:
            self.watch.now.unknown = True
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """A filter; Jinja asks in this way for those whose names are computed, and when it compiles."""
        found = super().get(name, default)
        if self.known.get(name) is not found:
            self.watch.now.unknown = True
        return found
