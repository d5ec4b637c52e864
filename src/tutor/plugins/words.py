"""Words of the command line: by which one each command is called that a plugin adds to a group of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.core.hooks import CORE, Origin
from tutor.core.named import Named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class AddedCommand(Named):
    """A command that a plugin adds to a group of commands.

    Args:
        group: what is typed for the group, such as ``tutor local``.
        name: what the plugin calls the command; empty where it gives no name.
        command: what it adds: a click command, unless it is a mistake.
        origin: who adds it, and where.
        word: what the command is called by in the group; empty where it cannot be called.
        obstacle: why it is not called by its name, or should have another; empty where all is well.
        remedy: how it is called then, or what to do.
        owner: the plugin that has the name instead; ``None`` for the core or nobody.
    """

    group: str
    name: str
    command: Any
    origin: Origin
    word: str = ""
    obstacle: str = ""
    remedy: str = ""
    owner: str | None = None

    @property
    def title(self) -> str:
        """What its plugin means to be typed."""
        return f"{self.group} {self.name}"

    def with_obstacle(self, obstacle: str, remedy: str, word: str = "") -> AddedCommand:
        """The same, and what is in its way."""
        return self._replace(word=word, obstacle=obstacle, remedy=remedy)


def share_words(
    group: str, core: Collection[str], given: Iterable[tuple[Any, Any, Origin]]
) -> list[AddedCommand]:
    """Say which word of a group is whose. The core keeps its words; so does who comes first among plugins.

    A command whose name another one has is called by the name of its plugin, a dash, and its own name.

    Args:
        group: what is typed for the group.
        core: words that no plugin takes.
        given: what is added, in order: (name, command, origin). What the core adds is not a plugin's.
    """
    added = [
        AddedCommand(group, name if isinstance(name, str) else "", command, origin)
        for name, command, origin in given
        if origin.plugin is not None or name not in core
    ]
    once: dict[tuple[int, str], AddedCommand] = {}
    for each in added:
        once.setdefault((id(each.command), each.name), each)  # added twice, it is one
    latest = {(a.origin.plugin, a.name): a for a in added}
    found, late = [], []
    taken = dict.fromkeys(core, CORE)
    for each in once.values():
        named = _named(each)
        if named.word and latest[each.origin.plugin, each.name].command is not each.command:
            obstacle = f"`{each.title}` is declared again by the plugin, and that one counts"
            found.append(each.with_obstacle(obstacle, "rename one of the two"))
        elif named.word in taken:
            late.append(each)
        else:
            found.append(named)
            if named.word:
                taken[named.word] = each.origin
    return found + [_beside(each, taken) for each in late]


def _named(added: AddedCommand) -> AddedCommand:
    """A command that is called by its own name, if it can be called."""
    import click

    name, rename = added.name, "give it another name"
    if not isinstance(added.command, click.Command):
        what = f"What is added to `{added.group}` is no command of click, but of type"
        return added.with_obstacle(
            f"{what} {type(added.command).__name__}", "decorate the function with click.command()"
        )
    if not name.strip():
        return added.with_obstacle(
            f"A command that is added to `{added.group}` has no name", "give it a name"
        )
    if name.startswith("-"):
        return added.with_obstacle(f"`{added.title}` cannot be called: it looks like an option", rename)
    if len(name.split()) > 1 or not name.isprintable():
        return added.with_obstacle(f"`{added.title}` can only be called in quotes", rename, name)
    return added._replace(word=name)


def _beside(added: AddedCommand, taken: dict[str, Origin]) -> AddedCommand:
    """A command whose name another has."""
    owner, word = taken[added.name].plugin, f"{added.origin.plugin}-{added.name}"
    added = added._replace(owner=owner)
    whose = f"of plugin {owner}, which comes first" if owner else "of tutor itself"
    obstacle = f"`{added.title}` is a command {whose}"
    if word in taken or added.origin.plugin is None:
        return added.with_obstacle(f"{obstacle}, and so is `{added.group} {word}`", "rename the command")
    taken[word] = added.origin
    return added.with_obstacle(obstacle, f"the plugin's is called by: {added.group} {word}", word)
