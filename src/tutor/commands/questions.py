"""The few questions that a new platform needs answered. Nothing is written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands import learner_pages

if TYPE_CHECKING:
    from tutor.project import Project

#: Settings that are asked for → the question.
QUESTIONS = {
    "LMS_HOST": "Host name of the platform for learners",
    "CMS_HOST": "Host name of the platform for authors",
    "PLATFORM_NAME": "Name of the platform",
    "CONTACT_EMAIL": "E-mail address that learners write to",
    "LANGUAGE_CODE": "Language of the platform",
    "ENABLE_HTTPS": "Serve it over HTTPS, with certificates that are obtained automatically?",
}
#: What a platform for trying out, on this machine only, is called. It resolves to 127.0.0.1.
DEMO = {"LMS_HOST": "local.openedx.io", "CMS_HOST": "studio.local.openedx.io", "ENABLE_HTTPS": False}


def wishes(project: Project, *, non_interactive: bool) -> tuple[dict[str, Any], list[str]]:
    """What is to change before a launch: ask for it, or say what is missed where nobody is to be asked.

    Returns:
        Settings whose value is to change, and plugins to enable.

    Raises:
        click.Abort: Ctrl-C was pressed.
    """
    if non_interactive:
        learner_pages.tell(project)
        return {}, []
    fmt.echo_title("Questions about the platform")
    answers = ask(project)
    return answers, learner_pages.ask(project)


def ask(project: Project) -> dict[str, Any]:
    """Ask for the main settings; each default is what the setting is now.

    Returns:
        The settings whose value is to change.

    Raises:
        click.Abort: Ctrl-C was pressed.
    """
    from tutor.hooks import Actions

    chosen: dict[str, Any] = {}
    _refresh(project, chosen)
    demo = project.values["LMS_HOST"] == DEMO["LMS_HOST"]
    fmt.echo_info("Enter takes the value in brackets. Ctrl-C stops, and nothing is changed.")
    production = click.confirm(
        fmt.question("Is this a platform for the public? (no: to try it out on this machine)"),
        default=not demo,
        err=True,
    )
    names = list(QUESTIONS)
    if not production:
        for name, value in DEMO.items():
            names.remove(name)
            _choose(project, chosen, name, value)
    for name in names:
        _choose(project, chosen, name, _answer(project, name))
    Actions.CONFIG_INTERACTIVE.do(project.config)
    return chosen


def _answer(project: Project, name: str) -> Any:
    """Ask for one setting until the answer is a value of it."""
    from tutor.config.table import core_settings
    from tutor.config.values import check
    from tutor.exceptions import ConfigError

    current = project.values[name]
    if isinstance(current, bool):
        return click.confirm(fmt.question(QUESTIONS[name]), default=current, err=True)

    def validate(text: str) -> Any:
        try:
            return check(core_settings()[name], text.strip())
        except ConfigError as error:
            raise click.UsageError(error.message) from None

    return click.prompt(fmt.question(QUESTIONS[name]), default=current, value_proc=validate, err=True)


def _choose(project: Project, chosen: dict[str, Any], name: str, value: Any) -> None:
    """Note an answer, unless it is what the setting is anyway; later defaults depend on it."""
    if value != project.values[name]:
        chosen[name] = value
        _refresh(project, chosen)


def _refresh(project: Project, chosen: dict[str, Any]) -> None:
    project.resettle({**project.user.values, **chosen}, chosen)
