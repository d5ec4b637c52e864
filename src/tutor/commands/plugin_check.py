"""`tutor plugins check`: what is wrong with plugins, or could be."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands.params import NameType
from tutor.commands.plugins import PluginName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.commands.context import Context
    from tutor.plugins.checks import Finding
    from tutor.project import Project

#: Rules about what is told in full when plugins are enabled.
SAID_ANYWAY = ("missing-object", "override-conflict", "retired-patch", "shadowed-command")
COLOURS = {"error": "red", "warning": "yellow", "hint": "blue"}


class Target(PluginName):
    """The name of an installed plugin, or the path of one."""

    name = "target"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """Names, and files."""
        files = click.Path().shell_complete(ctx, param, incomplete)
        return [*super().shell_complete(ctx, param, incomplete), *files]


class RuleSlug(NameType):
    """The slug of a rule."""

    name = "slug"

    def names(self, ctx: click.Context) -> Iterable[str]:  # noqa: ARG002 (the same everywhere)
        """All rules."""
        from tutor.plugins.checks import all_rules

        return [rule.slug for rule in all_rules()]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what is no rule."""
        from tutor.config.userfile import nearest

        known = list(self.names(ctx or click.Context(check)))
        if value not in known:
            near = nearest(str(value), known)
            self.fail(f"there is no rule {value}" + (f"; did you mean {near}?" if near else ""), param, ctx)
        return value


@click.command("check", short_help="Check plugins for mistakes.")
@click.argument("targets", metavar="[NAME|PATH]...", nargs=-1, type=Target())
@click.option(
    "--ignore", "ignored", metavar="SLUG", multiple=True, type=RuleSlug(), help="Leave out a rule. [multiple]"
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_context
def check(ctx: click.Context, targets: tuple[str, ...], ignored: tuple[str, ...], as_json: bool) -> None:
    """Check plugins: names of installed ones, enabled or not, or the path of one that is not installed, such
    as the folder in which it is developed. Without any, all installed plugins are checked.

    Nothing is changed. Installed plugins are checked together with those that are enabled, with the project's
    settings; what is not installed is checked alone, with default settings. What each rule is about is in
    docs/reference/checks.md. The exit code is 1 when there is an error.

    \b
    Examples:
      tutor plugins check myapp
      tutor plugins check .
      tutor plugins check --ignore setting-prefix --json ./tutor-myapp
    """
    context: Context = ctx.obj
    checked: dict[str, str | None] = {}
    findings: list[Finding] = []
    for names, found in _examined(context, targets, ignored):
        checked.update(names)
        findings += found
        if not as_json:
            for name, version in names.items():
                _show(name, version, [f for f in found if f.plugin == name])
    if as_json:
        versions = [{"name": name, "version": version} for name, version in checked.items()]
        fmt.echo_json(plugins=versions, findings=findings)
    elif not checked:
        fmt.echo_info("No plugin is installed. To check one that is not: tutor plugins check FOLDER")
    if any(finding.severity == "error" for finding in findings):
        ctx.exit(1)


def in_short(project: Project, names: Iterable[str], tree: Any) -> None:
    """Check plugins that are about to be enabled: stop at an error, and count what else there is.

    Raises:
        PluginError: a rule finds an error.
    """
    from tutor.exceptions import PluginError
    from tutor.plugins.checks import Subject, examine
    from tutor.plugins.checks.subject import Rendering

    for plugin in project.loaded:
        if plugin.name not in names:
            continue
        found = list(examine(Subject(plugin, project, Rendering(tree)), SAID_ANYWAY, deep=False))
        for finding in found:
            if finding.severity == "error":
                raise PluginError(
                    finding.message,
                    where=f"plugin {plugin.name} ({finding.place}), rule {finding.rule}",
                    hint=f"{finding.hint}; {plugin.name} was not enabled",
                )
        warnings = sum(finding.severity == "warning" for finding in found)
        if warnings:
            fmt.echo_alert(
                f"{plugin.name}: {_count(warnings, 'warning')}. To see: tutor plugins check {plugin.name}"
            )


def _examined(
    context: Context, targets: tuple[str, ...], ignored: tuple[str, ...]
) -> Iterator[tuple[dict[str, str | None], list[Finding]]]:
    """Plugins that were checked in one go, with their versions, and what was found in them."""
    from tutor.commands.examination import EndedError, Request, contained, with_requirements
    from tutor.config import userfile
    from tutor.config.userfile import enabled_plugins
    from tutor.engines.run import ProcessRunner
    from tutor.env.recovery import recover_if_cut_off
    from tutor.plugins.discovery import discover
    from tutor.plugins.loading import ambiguous

    root, folder = Path(context.root), Path(context.plugins_root)
    recover_if_cut_off(root)
    installed = discover(folder)
    names = [t for t in targets if t in installed]
    enabled = enabled_plugins(userfile.read(root))
    for name in names if targets else installed:
        if len(installed[name]) > 1:
            raise ambiguous(name, installed[name])
    wanted = names if targets else list(installed)
    groups = [(enabled, [n for n in wanted if n in enabled])]
    groups += [(with_requirements(n, enabled, installed), [n]) for n in wanted if n not in enabled]
    ended: dict[str, EndedError] = {}
    for loaded, group in groups:
        if group:
            request = Request(str(root), str(folder), tuple(loaded), tuple(group), ignored)
            found = sorted(contained(ProcessRunner(), request, ended), key=lambda finding: finding.order)
            yield {name: installed[name][0].version for name in group}, found
    for target in targets:
        if target not in installed:
            yield _checkout(target, ignored, list(installed))


def _checkout(
    target: str, ignored: tuple[str, ...], installed: list[str]
) -> tuple[dict[str, str | None], list[Finding]]:
    """Check a plugin that is not installed."""
    from tutor.commands.examination import Request, contained
    from tutor.commands.plugins import unknown
    from tutor.engines.run import ProcessRunner
    from tutor.plugins.checks.source import prepare

    if not os.path.exists(target):
        raise unknown(target, "installed, and there is no such path", installed, "tutor plugins list")
    with tempfile.TemporaryDirectory(prefix="tutor-check-") as folder:
        work = Path(folder)
        (work / "none").mkdir()
        checkout = prepare(Path(target), work, ProcessRunner())
        found = []
        for name in checkout.names:
            request = Request(
                root=str(work / "none"),
                plugins_root=str(checkout.plugins_root or work / "none"),
                loaded=(*checkout.needs, name),
                names=(name,),
                ignored=ignored,
                path=tuple(map(str, checkout.path)),
            )
            found += contained(ProcessRunner(), request, {})
        found = [checkout.shown(finding) for finding in found]
    return dict.fromkeys(checkout.names, checkout.version), sorted(found, key=lambda finding: finding.order)


def _show(name: str, version: str | None, findings: list[Finding]) -> None:
    counts = [
        _count(number, severity)
        for severity in COLOURS
        if (number := sum(finding.severity == severity for finding in findings))
    ]
    title = f"{name} {version}" if version else name
    click.echo(click.style(f"{title}: ", bold=True) + (", ".join(counts) or "nothing found"))
    for finding in findings:
        severity = click.style(finding.severity, fg=COLOURS[finding.severity], bold=True)
        click.echo(f"  {severity} {finding.rule}: {finding.message}")
        if finding.place:
            click.echo(f"    where: {_near(finding)}")
        click.echo(f"    to do: {finding.hint}")


def _near(finding: Finding) -> str:
    """The place; a file below the current folder as it is reached from there."""
    here = os.path.join(os.getcwd(), "")
    return finding.place.removeprefix(here)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
