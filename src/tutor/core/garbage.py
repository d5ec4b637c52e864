"""When Python looks for garbage: most of what a command makes it needs until it ends."""

from __future__ import annotations

import gc

#: Objects made, less those that went by themselves, after which Python looks for garbage. The code of fifty
#: published plugins is fewer.
LATE = 200_000
#: The same among what is made once plugins are loaded.
AFTER_LOADING = 15_000


def look_late() -> None:
    """In a process that runs one command: until plugins are loaded, looking is looking in vain."""
    gc.set_threshold(LATE)


def keep_what_is_there() -> None:
    """Look for garbage only among what is made from now on: that takes a tenth, and can be done more often.

    In a process that runs one command. One that opens many projects, such as that of tests, goes on as it is.
    """
    if gc.get_threshold()[0] == LATE:
        gc.freeze()
        gc.set_threshold(AFTER_LOADING)


def end() -> None:
    """Let Python end without looking for garbage once more."""
    gc.disable()
    gc.freeze()
