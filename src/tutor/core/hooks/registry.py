"""All contributions of one project. The names that plugins import are handles on the current one."""

from __future__ import annotations

import bisect
import contextlib
import importlib
import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

from tutor.core.hooks import priorities
from tutor.core.hooks.origin import CORE, Layer, Origin, caller
from tutor.core.named import Named
from tutor.exceptions import PluginError, TutorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Entry(Named):
    """One contribution to one handle.

    ``items`` is what it adds to a list; ``callback`` is a function instead. Exactly one is set.
    """

    priority: int
    order: int
    contexts: frozenset[str]
    origin: Origin
    callback: Callable[..., Any] | None = None
    items: tuple[Any, ...] = ()

    # Each is one of its own, whatever is equal.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Run the callback. What goes wrong in a plugin's is an error of that plugin.

        Raises:
            PluginError: the callback failed; names the plugin, and where it made the contribution.
        """
        if self.callback is None:
            raise TypeError("this contribution is a list of items")
        try:
            with current().acting(self):
                return self.callback(*args, **kwargs)
        except (Exception, SystemExit) as error:
            # Errors that are meant for the user, ours or the command line's, are the plugin's to raise.
            if self.origin.plugin is None or isinstance(error, TutorError) or _is_clicks(error):
                raise
            raise PluginError(
                f"Plugin {self.origin.plugin} fails: {type(error).__name__}: {error}",
                where=str(self.origin),
                hint=f"correct the plugin, or: tutor plugins disable {self.origin.plugin}",
            ).blaming(self.origin) from error

    @property
    def is_computed(self) -> bool:
        """Whether a function that is not the core's computes it, which may give something else each time."""
        return self.callback is not None and self.origin != CORE

    @property
    def sort_key(self) -> tuple[int, int]:
        return (self.priority, self.order)


def _is_clicks(error: BaseException) -> bool:
    return type(error).__module__.startswith("click.")


Recording: TypeAlias = "list[tuple[object, Entry]]"


class Registry:
    """Contributions by handle, in priority order and, among equals, in order of declaration.

    ``revision`` grows with every change. ``news`` does not grow with what functions of filters contribute
    while they compute a value: that comes again whenever the value is computed. ``epoch`` grows when what was
    computed is out of date: when a plugin was loaded, and when the settings are others.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.epoch = 0
        self.news = 0
        self._entries: dict[object, list[Entry]] = {}
        self._contexts: list[str] = []
        self._owners: list[Origin] = []
        self._recordings: list[Recording] = []
        self._order: Iterator[int] = itertools.count()
        self._computing = 0

    def add(
        self,
        handle: object,
        *,
        callback: Callable[..., Any] | None = None,
        items: tuple[Any, ...] = (),
        priority: int | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Contribute to a handle. Without ``origin``, the caller's file and line are taken."""
        entry = Entry(
            priorities.DEFAULT if priority is None else priority,
            next(self._order),
            frozenset(self._contexts),
            origin or self._origin_of_caller(),
            callback,
            items,
        )
        self._insert(handle, entry)
        for recording in self._recordings:
            recording.append((handle, entry))

    @contextlib.contextmanager
    def record(self) -> Iterator[Recording]:
        """Collect the contributions made inside, so that they can be made again elsewhere."""
        recording: Recording = []
        self._recordings.append(recording)
        try:
            yield recording
        finally:
            self._recordings.pop()

    def replay(self, recording: Recording) -> None:
        """Make recorded contributions: an imported module runs only once in a process."""
        for handle, entry in recording:
            self._insert(handle, entry._replace(order=next(self._order)))

    def compute(self, entry: Entry, *args: Any, **kwargs: Any) -> Any:
        """What a function of a filter makes of a value.

        Raises:
            PluginError: it failed, or gives nothing where there was a list.
        """
        self._computing += 1
        try:
            value = entry.call(*args, **kwargs)
        finally:
            self._computing -= 1
        if value is None and args and isinstance(args[0], list):
            plugin = entry.origin.plugin
            raise PluginError(
                "A function that is handed a list has to return one, and returns nothing",
                where=str(entry.origin),
                hint="add: return" + (f", or: tutor plugins disable {plugin}" if plugin else ""),
            ).blaming(entry.origin)
        return value

    def touch(self) -> None:
        """Say that functions of plugins may give something else now: what was computed is out of date."""
        self.epoch += 1

    def _changed(self) -> None:
        self.revision += 1
        if not self._computing:
            self.news += 1

    def _insert(self, handle: object, entry: Entry) -> None:
        self._changed()
        entries = self._entries.setdefault(handle, [])
        if not entries or entries[-1].priority <= entry.priority:
            entries.append(entry)  # nearly always: it was declared last
        else:
            bisect.insort(entries, entry, key=lambda e: e.sort_key)

    def entries(self, handle: object, context: str | None = None) -> list[Entry]:
        """Contributions to a handle, in order; only those made in ``context`` when it is given."""
        found = self._entries.get(handle, ())
        return [e for e in found if context is None or context in e.contexts]

    def handles(self) -> list[object]:
        """The handles that plugins have contributed to."""
        return [h for h, entries in self._entries.items() if any(e.origin.plugin for e in entries)]

    def contributions(self) -> Recording:
        """All of them, with their handles; those to one handle in order."""
        return [(handle, entry) for handle, entries in self._entries.items() for entry in entries]

    def clear(self, handle: object | None = None, context: str | None = None) -> None:
        """Forget contributions: of one handle or all, made in one context or anywhere."""
        self._changed()
        for key in [handle] if handle is not None else list(self._entries):
            kept = [e for e in self._entries.get(key, ()) if context and context not in e.contexts]
            self._entries[key] = kept

    @contextlib.contextmanager
    def context(self, name: str) -> Iterator[None]:
        """Contributions made inside belong to the context ``name`` too."""
        self._contexts.append(name)
        try:
            yield
        finally:
            self._contexts.pop()

    @contextlib.contextmanager
    def owner(self, origin: Origin) -> Iterator[None]:
        """Contributions made inside belong to the plugin of ``origin``."""
        self._owners.append(origin)
        try:
            yield
        finally:
            self._owners.pop()

    @contextlib.contextmanager
    def acting(self, entry: Entry) -> Iterator[None]:
        """Contributions made inside are those of whoever made ``entry``: its callback runs."""
        if entry.origin.plugin is None:
            yield
            return
        contexts, self._contexts = self._contexts, [*self._contexts, *entry.contexts]
        try:
            with self.owner(entry.origin):
                yield
        finally:
            self._contexts = contexts

    @property
    def owner_now(self) -> Origin | None:
        """Whose code runs: a plugin that is being loaded, or whose callback was called."""
        return self._owners[-1] if self._owners else None

    def _origin_of_caller(self) -> Origin:
        owner = self._owners[-1] if self._owners else None
        file, line = caller(2)
        if owner is None:
            return Origin(Layer.DEFAULT, file=file, line=line)
        return Origin(owner.layer, owner.plugin, owner.version, file, line)


class _Outside(Registry):
    """The registry of those who call us as a library: the core contributes once somebody looks."""

    _begun = False

    def entries(self, handle: object, context: str | None = None) -> list[Entry]:
        """Contributions to a handle, in order; only those made in ``context`` when it is given."""
        if not self._begun:
            self._begun = True
            # What the core contributes stands above, as a plugin does.
            importlib.import_module("tutor.contributions").contribute()
        return super().entries(handle, context)


_registries: list[Registry] = [_Outside()]


def current() -> Registry:
    """The registry that handles reach now."""
    return _registries[-1]


def outside() -> Registry:
    """The registry of the process: what scripts contribute to while no project is open."""
    return _registries[0]


@contextlib.contextmanager
def activate(registry: Registry) -> Iterator[Registry]:
    """Make ``registry`` the one that handles reach, until the end of the block."""
    _registries.append(registry)
    try:
        yield registry
    finally:
        _registries.remove(registry)


__all__ = ["CORE", "Entry", "Registry", "activate", "current", "outside"]
