"""Groups of commands: the core's own, and what plugins add to them, looked for when a word is not ours."""

from __future__ import annotations

import contextlib
import copy
import importlib
import os
import sys
from collections import UserDict
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands import exact
from tutor.core import safe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from click.shell_completion import CompletionItem
    from typing_extensions import Self

    from tutor.core.hooks import Origin
    from tutor.exceptions import PluginError, TutorError
    from tutor.plugins.words import AddedCommand

#: Where commands are added for somebody else: in click's decorators, and here.
_BETWEEN = (os.path.dirname(click.__file__) + os.sep, __file__, "<frozen ")
_OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
#: Keys of what the contexts of a command share: words by group, and why plugins' are not known.
_WORDS, _REASONS = f"{__name__}.words", f"{__name__}.reasons"


class Additions:
    """A handle on the commands that plugins add to one group: pairs of a name and a command."""


class Words:
    """The words of a group in the project of a command.

    Args:
        core: those that the core has.
        added: those of plugins.
    """

    def __init__(self, core: Collection[str], added: Iterable[AddedCommand] = ()) -> None:
        self.core = core
        self.added = {command.word: command for command in added if command.word}


class CommandGroup(click.Group):
    """A group of the core's commands, to which plugins may add others.

    What a plugin adds belongs to the project that it is loaded for, as all that it contributes. The core's
    words stay the core's. Only for others, and for lists of commands, plugins are loaded: once in a command.

    Args:
        lazy: commands in modules of their own, imported when they are used: name → (place, what help says).
    """

    #: Whether the core's words are known without asking plugins.
    fixed = True

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy or {}
        self.additions = Additions()
        self.commands = _Commands(self.commands, self.additions)

    def share(self, *commands: click.Command) -> None:
        """Add commands that other groups have, too, and whose help is written for `tutor local`."""
        for command in commands:
            self.add_command(_speaking(command, f"tutor {self.name}"))

    def set_apart(self) -> Self:
        """The same group once more: what plugins add to this one does not come into that one."""
        found = copy.copy(self)
        found.additions = Additions()
        found.commands = _Commands(self.commands, found.additions)
        return found

    @property
    def core(self) -> set[str]:
        """The core's own words."""
        return {*self.lazy, *self.commands}

    def core_words(self, given: Iterable[tuple[Any, Any, Origin]]) -> Collection[str]:  # noqa: ARG002 (for groups that ask a filter)
        """The words that no plugin can have, where these are contributed to the group."""
        return self.core

    def contributed(self) -> Iterable[tuple[Any, Origin]]:
        """What a filter adds to the group, besides what is added to it directly."""
        return ()

    def added(self, path: str) -> tuple[Collection[str], list[AddedCommand]]:
        """The core's words, and what plugins add, in the project that is open.

        Args:
            path: what is typed for the group, such as ``tutor local``.

        Raises:
            PluginError: a function of a plugin fails.
        """
        from tutor.commands.core import hand_out_groups
        from tutor.core.hooks import current
        from tutor.plugins.words import share_words

        hand_out_groups()
        given = [(getattr(item, "name", None), item, origin) for item, origin in self.contributed()]
        for entry in current().entries(self.additions):
            given += [(name, command, entry.origin) for name, command in entry.items]
        core = self.core_words(given)
        return core, share_words(path, core, given)

    def words(self, ctx: click.Context, *, keep_open: bool = False) -> Words:
        """The words of the group. Opens the project for it, unless no plugin is enabled.

        What is wrong with ``config.yml`` or a plugin is told to those who look for a command: `reasons`.

        Args:
            ctx: the group's.
            keep_open: leave the project open until the group's command has ended.
        """
        known: dict[CommandGroup, Words] = ctx.meta.setdefault(_WORDS, {})
        if self not in known:
            with contextlib.ExitStack() as stack:
                known[self] = self._words(ctx, stack)
                if keep_open:
                    ctx.with_resource(stack.pop_all())
        return known[self]

    def _words(self, ctx: click.Context, stack: contextlib.ExitStack) -> Words:
        from tutor.commands.params import completing, silent
        from tutor.exceptions import TutorError

        context = completing(ctx)
        try:
            if safe.is_safe() or not exact.enabled_plugins(context):
                return Words(self.core)
            with silent() if ctx.resilient_parsing else contextlib.nullcontext():
                project = stack.enter_context(context.opened())
            ctx.meta[_REASONS] = list(map(_sentence, project.plugin_errors))
            return Words(*self.added(ctx.command_path))
        except TutorError as error:
            ctx.meta[_REASONS] = [f"Plugins' commands are not available: {_sentence(error)}"]
            return Words(self.core)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The words of the core and of plugins."""
        words = self.words(ctx)
        return sorted({*words.core, *words.added})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a word. The core's own are found without a look at plugins."""
        words = Words(self.core) if self.fixed and cmd_name in self.core else self.words(ctx)
        if cmd_name in words.added:
            command: click.Command = words.added[cmd_name].command
            return command
        return self.own(cmd_name) if cmd_name in words.core else None

    def own(self, word: str) -> click.Command:
        """The core's command of a word, imported."""
        if word not in self.lazy:
            return self.commands[word]
        module, attribute = self.lazy[word][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of a line of words. A plugin's runs in its project, as the plugin's code."""
        word = args[0]
        if not ctx.resilient_parsing and not (self.fixed and word in self.core):
            words = self.words(ctx, keep_open=True)
            if word in words.added:
                from tutor.core.hooks import current

                ctx.with_resource(current().owner(words.added[word].origin))
            elif word not in words.core and word[:1].isalnum():
                raise self.no_such(ctx, word)
        return super().resolve_command(ctx, args)

    def no_such(self, ctx: click.Context, word: str) -> click.UsageError:
        """The error about a word that there is not, with the nearest one, and why more may be missing."""
        from tutor.cautions import did_you_mean

        near = did_you_mean(word, self.list_commands(ctx)) or "."
        return click.UsageError("\n".join([f"No such command '{word}'{near}", *reasons(ctx)]), ctx)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command of a line of words. What goes wrong in a plugin's is an error of that plugin."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            words: Words | None = ctx.meta.get(_WORDS, {}).get(self)
            added = words.added.get(ctx.invoked_subcommand or "") if words else None
            failure = _failure(error, added) if added else None
            if failure is None:
                raise
            raise failure from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help where no word is given."""
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            show_help(ctx)
            ctx.exit()
        return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option --help. Those that say where the project is count, wherever they stand."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.is_eager, option.callback = False, _help_wanted
        return option

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The lists of commands: the core's, and those of plugins, each with the name of its plugin."""
        words, visible = self.words(ctx), self._visible(ctx)
        limit = formatter.width - 6 - max(map(len, visible), default=0)
        rows = [(name, self._about(ctx, name, limit)) for name in visible]
        for title, theirs in (("Commands", False), ("Commands of plugins", True)):
            listed = [row for row in rows if (row[0] in words.added) is theirs]
            if listed:
                with formatter.section(title):
                    formatter.write_dl(listed)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Words that start with what was typed, those of plugins too; and options."""
        from click.shell_completion import CompletionItem

        names = [name for name in self._visible(ctx) if name.startswith(incomplete)]
        found = [CompletionItem(name, help=self._about(ctx, name, 45)) for name in names]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def _visible(self, ctx: click.Context) -> list[str]:
        """The words that are listed. Commands that are imported when they are used are not imported."""
        hidden = {name for name, command in self.commands.items() if command.hidden}
        hidden |= {word for word, added in self.words(ctx).added.items() if added.command.hidden}
        return [name for name in self.list_commands(ctx) if name not in hidden]

    def _about(self, ctx: click.Context, name: str, limit: int) -> str:
        """What is said about a word, in one line."""
        if name in self.lazy:
            return self.lazy[name][1]
        added = self.words(ctx).added.get(name)
        if added is None:
            return self.commands[name].get_short_help_str(limit)
        try:
            text = added.command.get_short_help_str(limit)
        except Exception:  # noqa: BLE001 (whatever a plugin's help may be)
            text = "its help cannot be shown"
        its = f", its {added.name}" if added.name != name else ""
        return f"{text} (plugin {added.origin.plugin}{its})".strip()


class _Commands(UserDict[str, click.Command]):
    """The core's commands of a group. What a plugin puts here goes to the project that it is loaded for."""

    def __init__(self, commands: Mapping[str, click.Command], additions: Additions) -> None:
        self.data = dict(commands)
        self.additions = additions

    def __setitem__(self, name: str, command: click.Command) -> None:
        origin = _plugin_that_adds()
        if origin is None:
            self.data[name] = command
            return
        from tutor.core.hooks import current

        current().add(self.additions, items=((name, command),), origin=origin)

    def __delitem__(self, name: str) -> None:
        if _plugin_that_adds() is None:  # what the core has stays
            del self.data[name]


def _plugin_that_adds() -> Origin | None:
    """Where a plugin's code adds a command, if that is what runs: ours adds the core's."""
    frame = sys._getframe(2)  # noqa: SLF001 (the documented way to a caller's line)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_BETWEEN):
        frame = frame.f_back
    file = frame.f_code.co_filename
    if file.startswith(_OURS):
        return None
    from tutor.core.hooks import current

    owner = current().owner_now
    return owner._replace(file=file, line=frame.f_lineno) if owner else None


def _speaking(command: click.Command, name: str) -> click.Command:
    """A command whose help says what this group is called."""
    found = copy.copy(command)
    if found.help:
        found.help = found.help.replace("tutor local", name)
    if isinstance(found, CommandGroup):
        commands = {key: _speaking(each, name) for key, each in found.commands.items()}
        found.commands = _Commands(commands, found.additions)
    return found


def reasons(ctx: click.Context) -> list[str]:
    """Why commands of plugins are not known, where they were looked for."""
    found: list[str] = ctx.meta.get(_REASONS, [])
    return found


def show_help(ctx: click.Context) -> None:
    """Print the help of a command, and then why commands may be missing in it."""
    click.echo(ctx.get_help(), color=ctx.color)
    for reason in reasons(ctx):
        fmt.echo_alert(reason)


def _help_wanted(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        show_help(ctx)
        ctx.exit()


def _sentence(error: TutorError) -> str:
    """An error in one line: what, where, what to do."""
    text = f"{error} ({error.where})" if error.where else str(error)
    return f"{text}; {error.hint}" if error.hint else text


def _failure(error: BaseException, added: AddedCommand) -> PluginError | None:
    """The error about a plugin's command that fails; nothing where it says itself what is wrong."""
    from tutor.core.hooks.guilty import failure_of_plugin, has_passed, is_from_ours
    from tutor.exceptions import TutorError

    plugin = added.origin.plugin
    said = isinstance(error, (TutorError, BrokenPipeError)) or type(error).__module__.startswith("click.")
    in_ours = is_from_ours(error) and not has_passed(error, added.origin)
    if said or in_ours or plugin is None:
        return None
    return failure_of_plugin(error, added.origin, f"The command {added.name} of plugin {plugin} fails")
