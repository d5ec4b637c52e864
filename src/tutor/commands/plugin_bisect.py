"""`tutor plugins bisect`: which plugin, or setting, makes a command fail."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutor.commands.context import Context
    from tutor.config.userfile import UserFile
    from tutor.engines.run import Result, Runner
    from tutor.plugins import Installed
    from tutor.plugins.bisect import Culprits

#: Groups of commands whose effect is not in the project's folder: a copy of that would not keep it apart.
ON_THE_ENGINE = ("dev", "images", "k8s", "local")
#: What is not copied: the data of the platform, and generations of before.
NOT_COPIED = ("data", "packs", "history.json")


@click.command(
    "bisect",
    short_help="Find the plugin that makes a command fail.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.argument("command", metavar="-- COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def bisect(context: Context, command: tuple[str, ...], as_json: bool) -> None:
    """Find the plugin, the pair of plugins, or the setting of config.yml that makes a command fail.

    COMMAND is one of tutor, such as "config save", or any other: TUTOR_ROOT leads it to a copy of the
    project, without its data, in which some of the plugins are enabled. The project itself is not touched.
    Each trial halves the plugins that may be it; those that a plugin needs are enabled with it.

    \b
    Examples:
      tutor plugins bisect -- config save
      tutor plugins bisect -- config printvalue LMS_HOST
      tutor plugins bisect -- sh -c "tutor config save && ./my-test"
    """
    from tutor.config import userfile
    from tutor.config.userfile import enabled_plugins
    from tutor.env.recovery import recover_if_cut_off
    from tutor.exceptions import PluginError
    from tutor.plugins import bisect as searching
    from tutor.plugins.discovery import discover
    from tutor.plugins.requirements import needs

    words = list(command[1:] if command[0] == "tutor" else command)
    if words[:1] and words[0] in ON_THE_ENGINE:
        raise PluginError(
            f"tutor {words[0]} works on containers and images, of which a trial has no copy",
            where="command line",
            hint="bisect a command that works on settings and files: tutor plugins bisect -- config save",
        )
    root = Path(context.root)
    recover_if_cut_off(root)
    user = userfile.read(root)
    installed = discover(Path(context.plugins_root))
    order = enabled_plugins(user)
    requirements = {
        name: [choices[0] for plugin in installed.get(name, ()) for choices in needs(plugin, installed)]
        for name in order
    }
    trials = Trials(root, user, _argv(words), _runner(), quiet=as_json)
    settings = [name for name in user.values if name != "PLUGINS"]
    found = searching.search(order, settings, requirements, trials.fails)
    if as_json:
        fmt.echo_json(**_answer(found, installed, trials.reason))
    else:
        _tell(found, installed, trials.reason)


@dataclass(slots=True)
class Trials:
    """Runs a command on copies of a project.

    Args:
        root: the project's root.
        user: its ``config.yml``.
        argv: the command.
        runner: runs it.
        quiet: say nothing about each trial.
        reason: what the command said when it failed last.
    """

    root: Path
    user: UserFile
    argv: Sequence[str]
    runner: Runner
    quiet: bool = False
    reason: str = field(default="", init=False)

    def fails(self, plugins: Sequence[str], settings: Sequence[str]) -> bool:
        """Whether the command fails with some plugins and some of the settings."""
        with tempfile.TemporaryDirectory(prefix="tutor-bisect-") as folder:
            copy = Path(folder, "root")
            copy.mkdir(mode=0o700)
            self._copy(copy, plugins, settings)
            result = self.runner.capture(self.argv, environment={"TUTOR_ROOT": str(copy), **_path()})
        if not self.quiet:
            names = ", ".join(plugins) or "no plugins"
            count = len(self.user.values) - ("PLUGINS" in self.user.values) - len(settings)
            without = f", without {count} setting{'s' if count > 1 else ''}" if count else ""
            fmt.echo_info(f"{'fails' if result.code else 'works'} with {names}{without}")
        if result.code:
            self.reason = _reason(result)
        return result.code != 0

    def _copy(self, copy: Path, plugins: Sequence[str], settings: Sequence[str]) -> None:
        if self.root.is_dir():
            for path in self.root.iterdir():
                if path.name in NOT_COPIED or path.is_socket():
                    continue
                if path.is_dir() and not path.is_symlink():
                    ignored = shutil.ignore_patterns(*NOT_COPIED) if path.name == ".tutor" else None
                    shutil.copytree(path, copy / path.name, symlinks=True, ignore=ignored)
                else:
                    shutil.copy2(path, copy / path.name, follow_symlinks=False)
        gone = [name for name in self.user.values if name != "PLUGINS" and name not in settings]
        config = copy / "config.yml"
        config.unlink(missing_ok=True)
        config.touch(mode=0o600)
        config.write_bytes(self.user.edited({"PLUGINS": list(plugins)}, gone))


def _runner() -> Runner:
    from tutor.engines.run import ProcessRunner

    return ProcessRunner()


def _argv(words: list[str]) -> list[str]:
    """The command: one of tutor, or of a plugin, or else a program."""
    if words[0].startswith("-") or shutil.which(words[0]) is None or words[0] in _commands():
        return [sys.executable, "-m", "tutor", *words]
    return words


def _commands() -> list[str]:
    from tutor.commands.cli import COMMANDS

    return list(COMMANDS)


def _path() -> dict[str, str]:
    """A variable with which a script finds this tutor."""
    return {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])}


def _reason(result: Result) -> str:
    """What the command said: its error, else its last line."""
    lines = [line.strip() for line in f"{result.output}\n{result.errors}".splitlines()]
    return next((line for line in lines if line.startswith("Error: ")), result.reason)


def _tell(found: Culprits, installed: dict[str, list[Installed]], reason: str) -> None:
    times = f"{found.trials} trial{'s' if found.trials != 1 else ''}"
    if not found.fails:
        fmt.echo_info(f"The command does not fail ({times}).")
        return
    if not found.plugins and not found.settings:
        click.echo(f"The command fails without plugins and without settings, too ({times}).")
    else:
        together = " only together" if len(found.plugins) + len(found.settings) > 1 else ""
        click.echo(
            f"These make it fail{together} ({times}):" if together else f"This makes it fail ({times}):"
        )
        for name in found.plugins:
            click.echo(f"  plugin {_described(name, installed)}")
        for name in found.settings:
            click.echo(f"  setting {name} in config.yml")
    click.echo(f"It says: {reason}")
    if found.plugins:
        click.echo(f"To go on without: tutor plugins disable {' '.join(found.plugins)}")
    elif found.settings:
        click.echo(f"To go on without: tutor config save {' '.join(f'--unset {n}' for n in found.settings)}")


def _described(name: str, installed: dict[str, list[Installed]]) -> str:
    plugins = installed.get(name)
    if not plugins:
        return f"{name} (enabled, but not installed)"
    return f"{name} {plugins[0].version or ''}".rstrip() + f" ({plugins[0].place})"


def _answer(found: Culprits, installed: dict[str, list[Installed]], reason: str) -> dict[str, Any]:
    plugins: list[dict[str, Any]] = []
    for name in found.plugins:
        plugin = next(iter(installed.get(name, ())), None)
        version, place = (plugin.version, plugin.place) if plugin else (None, None)
        plugins.append({"name": name, "version": version, "place": place})
    return {
        "fails": found.fails,
        "plugins": plugins,
        "settings": list(found.settings),
        "reason": reason if found.fails else None,
        "trials": found.trials,
    }
