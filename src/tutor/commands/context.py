"""What every command is given: where the project is."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.core.lookup import hand_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.project import Project


#: What tasks are run with, as plugins import it; `Context` alone is needed by every command.
HANDED_ON = frozenset(("BaseJobContext", "BaseTaskContext"))

__getattr__ = hand_on(__name__, "tutor.commands.runners", HANDED_ON)


class Context:
    """The project that a command works on.

    Args:
        root: folder of ``config.yml`` and the environment.
        plugins_root: folder of YAML and single-file plugins.
    """

    def __init__(self, root: str, plugins_root: str | None = None) -> None:
        self.root = root
        self.plugins_root = plugins_root or default_plugins_root()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Project]:
        """Open the project, with its plugins loaded, for the length of the block."""
        from tutor.project import opened

        with opened(Path(self.root), Path(self.plugins_root)) as project:
            yield project


def default_root() -> str:
    """Where a user's project is unless they say otherwise: the platform's folder for data."""
    return _data_folder("tutor")


def default_plugins_root() -> str:
    """Where a user's YAML and single-file plugins are, unless ``TUTOR_PLUGINS_ROOT`` says otherwise."""
    return os.environ.get("TUTOR_PLUGINS_ROOT") or _data_folder("tutor-plugins")


def _data_folder(name: str) -> str:
    """The folder that platformdirs gives. In the usual case, without asking it: every command needs this."""
    base = os.environ.get("XDG_DATA_HOME") or os.path.join(os.environ.get("HOME", ""), ".local/share")
    if sys.platform == "linux" and base.startswith("/") and "ANDROID_DATA" not in os.environ:
        return os.path.join(base, name)
    import platformdirs

    return platformdirs.user_data_dir(name)
