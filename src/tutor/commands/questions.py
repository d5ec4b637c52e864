"""The few questions that a new platform needs answered. Nothing is written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands import learner_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutor.project import Project
    from tutor.types import Config

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


def ask(
    project: Project, chosen: Mapping[str, Any] | None = None, *, production: bool | None = None
) -> dict[str, Any]:
    """Ask for the main settings; each default is what the setting is now.

    Args:
        project: opened; its settings are changed as the answers say.
        chosen: settings whose value is to change already.
        production: whether the platform is for the public, where that is not to be asked.

    Returns:
        The settings whose value is to change: by answers, and by plugins that ask questions of theirs.

    Raises:
        click.Abort: Ctrl-C was pressed.
    """
    chosen = dict(chosen or {})
    _refresh(project, chosen)
    demo = project.values["LMS_HOST"] == DEMO["LMS_HOST"]
    fmt.echo_info("Enter takes the value in brackets. Ctrl-C stops, and nothing is changed.")
    if production is None:
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
    _let_plugins_ask(project, chosen)
    return chosen


def ask_about(config: Config, production: bool | None = None) -> None:
    """Ask for the main settings, with what somebody has chosen so far; the answers are put there.

    Args:
        config: setting → value.
        production: whether the platform is for the public, where that is not to be asked.

    Raises:
        click.Abort: Ctrl-C was pressed.
    """
    import os

    from tutor.commands.context import default_root
    from tutor.facade.opening import opened_project
    from tutor.project import innermost_project

    project = innermost_project()
    root = str(project.root) if project else os.environ.get("TUTOR_ROOT") or default_root()
    with opened_project(root) as found:
        apart = found.apart()
        answers = ask(apart, config, production=production)
        config.update({name: apart.values[name] for name in QUESTIONS} | answers)


def _let_plugins_ask(project: Project, chosen: dict[str, Any]) -> None:
    """What they change in the settings that they are handed is chosen."""
    import copy

    from tutor.hooks import Actions

    before = project.config
    config = copy.deepcopy(before)
    Actions.CONFIG_INTERACTIVE.do(config)
    chosen |= {name: value for name, value in config.items() if name not in before or value != before[name]}
    _refresh(project, chosen)


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
