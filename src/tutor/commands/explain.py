"""`tutor explain`: where something comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.commands.params import NameType, completing
from tutor.commands.showing import style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.commands.context import Context
    from tutor.explain import Answer


class SubjectType(NameType):
    """What can be explained."""

    name = "subject"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Settings, files and patch points."""
        from tutor.explain.subject import names

        with completing(ctx).opened() as project:
            return names(project)


@click.command("explain", short_help="Say where a setting, a file, a line, a patch or a service comes from.")
@click.argument("subject", metavar="NAME|FILE[:LINE]", type=SubjectType())
@click.option(
    "--kind",
    type=click.Choice(["setting", "file", "patch", "service"]),
    help="What NAME is, where it could be several things.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def explain(context: Context, subject: str, kind: str | None, as_json: bool) -> None:
    """Say where something comes from, and where it is used.

    A setting: its value in every layer, the one that counts, what it is computed from, where it is used.
    A file of the environment, or FILE:LINE: which line of which template, which plugin's patch, which file
    and line of the plugin, and the settings that it reads. A patch point: where templates have it, and what
    plugins put there. A service: who declares it, its image, its mounts, its init tasks.

    \b
    Examples:
      tutor explain LMS_HOST
      tutor explain apps/openedx/config/lms.env.yml:12
      tutor explain openedx-lms-common-settings
      tutor explain lms --kind service
    """
    from tutor.explain import explain as explained

    with context.opened() as project:
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        answer = explained(project, subject, kind)
    if as_json:
        fmt.echo_json(**answer.as_json())
        return
    for line in _lines(answer):
        click.echo(line)


def _lines(answer: Answer) -> Iterator[str]:
    how = style()
    yield how.paint("title", answer.summary)
    for title, facts in answer.facts.items():
        yield ""
        yield title
        several = any(fact.wins for fact in facts)
        for fact in facts:
            mark = "* " if fact.wins else "  " if several else ""
            text = f"{mark}{fact.text}" + (f"  ({fact.place})" if fact.place else "")
            yield from how.wrapped(text)
    if answer.hint:
        yield ""
        yield from how.wrapped(answer.hint, 0)
