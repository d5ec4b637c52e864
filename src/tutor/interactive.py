"""Questions about settings, as plugins ask them. Answers are put into a dictionary; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor import env, fmt
from tutor.types import get_typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutor.types import Config

__all__ = ["ask", "ask_bool", "ask_choice", "ask_questions"]


def ask(question: str, key: str, config: Config, defaults: Config) -> None:
    """Ask for a setting that is a text.

    Args:
        question: without a mark at its end.
        key: name of the setting.
        config: gets the answer. What it holds is proposed.
        defaults: what is proposed otherwise; may be a template over ``config``.

    Raises:
        TutorError: there is no default, or it is no text.
        click.Abort: Ctrl-C was pressed.
    """
    config[key] = _answer(question, _proposal(key, config, defaults))


def ask_choice(question: str, key: str, config: Config, defaults: Config, choices: Sequence[str]) -> None:
    """Ask for a setting that is one of some texts, as `ask` does."""
    import click

    choice = click.Choice(choices)
    config[key] = _answer(question, _proposal(key, config, defaults), type=choice, show_choices=False)


def ask_bool(question: str, key: str, config: Config, defaults: Config) -> None:
    """Ask for a setting that is true or false, as `ask` does."""
    import click

    proposal = get_typed({key: config.get(key, defaults.get(key))}, key, bool)
    config[key] = click.confirm(fmt.question(question), default=proposal, err=True)


def ask_questions(config: Config, run_for_prod: bool | None = None) -> None:
    """Ask for the main settings, as `tutor config save --interactive` does.

    Args:
        config: the user's settings; gets the answers.
        run_for_prod: whether the platform is for the public, where that is not to be asked.

    Raises:
        click.Abort: Ctrl-C was pressed.
    """
    from tutor.commands.questions import ask_about

    ask_about(config, run_for_prod)


def _proposal(key: str, config: Config, defaults: Config) -> str:
    value = get_typed({key: config.get(key, defaults.get(key))}, key, str)
    return str(env.render_str(config, value))


def _answer(question: str, proposal: str, **how: Any) -> Any:
    import click

    return click.prompt(fmt.question(question), default=proposal, err=True, **how)
