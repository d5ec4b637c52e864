"""Which word of a group of commands is whose."""

from __future__ import annotations

import click
import pytest

from tutor.core.hooks import CORE, Layer, Origin
from tutor.plugins.words import AddedCommand, share_words

ONE = Origin(Layer.PLUGIN_DEFAULT, "one", "1.0", "/one.py", 3)
TWO = Origin(Layer.PLUGIN_DEFAULT, "two", None, "/two.py", 4)


def shared(*given: tuple[object, object, Origin]) -> dict[str, AddedCommand]:
    """What has been given a word, by the word; in a group that has the command `start`."""
    found = share_words("tutor local", {"start"}, given)
    return {added.word: added for added in found if added.word}


def command(name: str = "") -> click.Command:
    """A command."""
    return click.Command(name)


def test_a_new_name_is_the_word() -> None:
    hello = command("hello")
    found = shared(("hello", hello, ONE))
    assert found["hello"].command is hello
    assert found["hello"].obstacle == ""


def test_the_core_keeps_its_words() -> None:
    found = shared(("start", command("start"), ONE))
    assert found.keys() == {"one-start"}
    assert found["one-start"].obstacle == "`tutor local start` is a command of tutor itself"
    assert found["one-start"].remedy == "the plugin's is called by: tutor local one-start"
    assert found["one-start"].owner is None


def test_the_plugin_that_comes_first_keeps_the_word() -> None:
    first, second = command("hello"), command("hello")
    found = shared(("hello", first, ONE), ("hello", second, TWO))
    assert (found["hello"].command, found["two-hello"].command) == (first, second)
    assert "of plugin one" in found["two-hello"].obstacle
    assert found["two-hello"].owner == "one"


def test_a_name_counts_before_what_stands_in_for_another() -> None:
    """Wherever it stands; then there is no word left for the other."""
    own, late = command("one-start"), command("start")
    found = share_words("tutor local", {"start"}, [("start", late, ONE), ("one-start", own, TWO)])
    assert [(a.word, a.command) for a in found] == [("one-start", own), ("", late)]
    assert "and so is `tutor local one-start`" in found[1].obstacle


def test_a_command_that_is_added_twice_is_one() -> None:
    hello = command("hello")
    found = share_words("tutor", (), [("hello", hello, ONE), ("hello", hello, ONE), ("hallo", hello, ONE)])
    assert [(added.word, added.obstacle) for added in found] == [("hello", ""), ("hallo", "")]


def test_of_one_plugin_the_later_command_counts() -> None:
    earlier, later = command("hello"), command("hello")
    found = share_words("tutor", (), [("hello", earlier, ONE), ("hello", later, ONE)])
    assert [(a.word, a.command) for a in found if not a.obstacle] == [("hello", later)]
    assert [a.obstacle for a in found if a.command is earlier] == [
        "`tutor hello` is declared again by the plugin, and that one counts"
    ]


@pytest.mark.parametrize(
    ("name", "item", "words", "word"),
    [
        (None, command(), "has no name", ""),
        (" ", command(), "has no name", ""),
        (5, command(), "has no name", ""),
        ("--hello", command(), "looks like an option", ""),
        ("say hello", command(), "in quotes", "say hello"),
        ("hello\x07", command(), "in quotes", "hello\x07"),
        ("hello", print, "no command of click, but of type builtin_function", ""),
        (None, None, "no command of click, but of type NoneType", ""),
        ("start", "text", "no command of click, but of type str", ""),
    ],
)
def test_what_cannot_be_called_is_told(name: object, item: object, words: str, word: str) -> None:
    (found,) = share_words("tutor local", {"start"}, [(name, item, ONE)])
    assert words in found.obstacle
    assert found.word == word
    assert found.remedy


def test_what_the_core_adds_is_no_plugins() -> None:
    """What a script adds that uses us as a library is like a plugin's, but has no name to be called by."""
    assert share_words("tutor", {"start"}, [("start", command(), CORE)]) == []
    found = share_words("tutor", {"start"}, [("hello", command(), CORE), ("hello", command("b"), TWO)])
    assert [added.word for added in found] == ["hello", "two-hello"]
