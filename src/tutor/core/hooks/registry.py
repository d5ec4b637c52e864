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
from tutor.exceptions import PluginError

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
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if self.origin.plugin is None:
                raise
            from tutor.core.hooks.guilty import failure_of_plugin

            failure = failure_of_plugin(error, self.origin, f"Plugin {self.origin.plugin} fails")
            if failure is None:
                raise
            raise failure from error

    @property
    def is_computed(self) -> bool:
        """Whether a function that is not the core's computes it, which may give something else each time."""
        return self.callback is not None and self.origin != CORE

    @property
    def sort_key(self) -> tuple[int, int]:
        return (self.priority, self.order)


def hook_of(handle: object) -> str:
    """The name of a handle in the catalogue; nothing for those that plugins define."""
    name: str = getattr(handle, "hook", "")
    return name


Recording: TypeAlias = "list[tuple[object, Entry]]"


#: The module whose hooks have a declared type.
CATALOGUE = "tutor.hooks.catalog"


class Slips:
    """A handle on what plugins wrote that has no effect, each a sentence, for the author of the plugin."""


#: The only one.
SLIPS = Slips()


def checked_priority(handle: object, priority: Any) -> Any:
    """The priority of a function; none where the call is a slip, which is noted.

    Some published plugins hand over the function, or an item: it has no effect, today as ever.
    """
    if priority is None or isinstance(priority, (int, float)) or current().owner_now is None:
        return priority
    name = hook_of(handle) or "A hook"
    if callable(priority):
        what = f"{name}.add is handed a function, which is never called; write {name}.add()(function)"
    else:
        what = f"{name}.add is handed an item, which is not added; write {name}.add_item(item)"
    current().add(SLIPS, items=(what,))
    return None


def check_function(handle: object, callback: object) -> None:
    """Check that what a plugin adds to a hook as a function is one.

    Raises:
        PluginError: it cannot be called.
    """
    if not callable(callback) and current().owner_now is not None:
        from tutor.core.hooks import door

        raise door.no_function(hook_of(handle), callback, current().origin_of_caller())


def checked_items(handle: object, items: Any) -> tuple[Any, ...]:
    """What is added to a list at once, read now.

    Raises:
        PluginError: a plugin adds what is no list.
    """
    if current().owner_now is None:
        return tuple(items)
    from tutor.core.hooks import door

    return door.check_iterable(hook_of(handle), items, current().origin_of_caller())


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
        #: Asked whether to go on without a plugin, one of whose functions failed: its name, and the error.
        self.forgive: Callable[[str, PluginError], bool] | None = None

    def add(
        self,
        handle: object,
        *,
        callback: Callable[..., Any] | None = None,
        items: tuple[Any, ...] = (),
        priority: int | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Contribute to a handle. Without ``origin``, the caller's file and line are taken.

        Raises:
            PluginError: an item of a plugin has another shape than the catalogue says.
        """
        origin = origin or self.origin_of_caller()
        if items and origin.plugin is not None and hook_of(handle):
            from tutor.core.hooks import door

            door.check_items(hook_of(handle), items, origin)
        entry = Entry(
            priorities.DEFAULT if priority is None else priority,
            next(self._order),
            frozenset(self._contexts),
            origin,
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

    def compute(self, handle: object, entry: Entry, value: Any, *args: Any, **kwargs: Any) -> Any:
        """What a function of a filter makes of a value.

        Where one of a plugin fails and `forgive` takes that, it is the value as it was.

        Raises:
            PluginError: it failed, or gives something else than the filter's type.
        """
        self._computing += 1
        try:
            if entry.origin.plugin is None:
                return entry.call(value, *args, **kwargs)
            return self._computed(handle, entry, value, *args, **kwargs)
        except PluginError as error:
            if not self.is_forgiven(entry, error):
                raise
            return value
        finally:
            self._computing -= 1

    def _computed(self, handle: object, entry: Entry, value: Any, *args: Any, **kwargs: Any) -> Any:
        from tutor.core.hooks import door

        before = list(value) if isinstance(value, list) else value  # a function may change it in place

        def call() -> Any:
            after = entry.callback(value, *args, **kwargs) if entry.callback else value
            return door.checked_value(hook_of(handle), before, after, entry.origin)

        return entry._replace(callback=call).call()  # a generator fails when it is read

    def run(self, entry: Entry, *args: Any, **kwargs: Any) -> None:
        """Run a function of an action.

        Raises:
            PluginError: one of a plugin failed, and `forgive` does not take that.
        """
        try:
            entry.call(*args, **kwargs)
        except PluginError as error:
            if not self.is_forgiven(entry, error):
                raise

    def is_forgiven(self, entry: Entry, error: PluginError) -> bool:
        """Whether to go on without what a plugin's function was to do."""
        plugin = entry.origin.plugin
        if self.forgive is None or plugin is None or all(o.plugin != plugin for o in error.origins):
            return False
        return self.forgive(plugin, error)

    def drop(self, plugin: str) -> None:
        """Forget all contributions of a plugin."""
        self._changed()
        for handle, entries in self._entries.items():
            self._entries[handle] = [entry for entry in entries if entry.origin.plugin != plugin]

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

    def origin_of_caller(self) -> Origin:
        """The place in the code outside of this package that has called it, and whose it is."""
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
