"""What happens where no project is open: a script that uses us as a library opens one by an action."""

from __future__ import annotations

import importlib

from tutor.core.hooks import Action, current, outside


class OpeningAction(Action[[str]]):
    """The moment at which a project's root is known.

    Whoever opens a project does this action in it. A script does it outside of any: then the project is
    opened, with its plugins, for the rest of the process.
    """

    def do(self, root: str) -> None:
        """Run the functions, in order; outside of projects, those of the project that is opened."""
        if current() is outside():
            importlib.import_module("tutor.facade.opening").open_for_process(root)
        else:
            super().do(root)
