"""The questions of a launch: answered by typing, nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from tutor.commands.questions import ask
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def asked(saved_project: Path, plugins_root: Path) -> Callable[[str], dict[str, Any]]:
    """The answers that some typing gives."""

    def type_in(text: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = []

        @click.command()
        def command() -> None:
            with opened(saved_project, plugins_root) as project:
                found.append(ask(project))

        before = (saved_project / "config.yml").read_bytes()
        result = CliRunner().invoke(command, input=text)
        assert (saved_project / "config.yml").read_bytes() == before
        if not found:
            raise click.Abort
        assert result.exit_code == 0
        return found[0]

    return type_in


def test_enter_changes_nothing(asked: Callable[[str], dict[str, Any]]) -> None:
    assert asked("\n" * 10) == {}


def test_later_defaults_follow_earlier_answers(asked: Callable[[str], dict[str, Any]]) -> None:
    answers = asked("y\nlearn.example.com\n\n\n\n\ny\n")
    assert answers == {"LMS_HOST": "learn.example.com", "ENABLE_HTTPS": True}


def test_a_platform_to_try_out_is_asked_less(asked: Callable[[str], dict[str, Any]]) -> None:
    assert asked("n\nMy school\n\nfr\n") == {"PLATFORM_NAME": "My school", "LANGUAGE_CODE": "fr"}


def test_a_wrong_answer_is_asked_again(asked: Callable[[str], dict[str, Any]]) -> None:
    assert asked("n\n\nnobody\nme@example.com\n\n") == {"CONTACT_EMAIL": "me@example.com"}


def test_stopping_gives_no_answers(asked: Callable[[str], dict[str, Any]]) -> None:
    with pytest.raises(click.Abort):
        asked("y\nlearn.example.com\n")
