"""When garbage is looked for, and that a process that did not ask for it is left alone."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from tutor.core import garbage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    gc.collect()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Circle:
    """Garbage that only looking for it finds."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_there_is_not_looked_at_and_what_comes_is() -> None:
    garbage.look_late()
    before = weakref.ref(Circle())
    garbage.keep_what_is_there()
    after = weakref.ref(Circle())
    gc.collect()
    assert before() is not None
    assert after() is None
    assert gc.get_threshold()[0] == garbage.AFTER_LOADING


def test_a_process_that_did_not_ask_is_left_alone() -> None:
    frozen, threshold = gc.get_freeze_count(), gc.get_threshold()
    garbage.keep_what_is_there()
    assert (gc.get_freeze_count(), gc.get_threshold()) == (frozen, threshold)
