"""Jobs: named lists of tasks, the order in which they run, and where to resume."""

from __future__ import annotations

from tutor.core.lookup import hand_on

#: What runs tasks, where it was until 2022.
HANDED_ON = {"BaseComposeJobRunner": "BaseComposeTaskRunner", "BaseJobRunner": "BaseTaskRunner"}


__getattr__ = hand_on(__name__, "tutor.tasks", HANDED_ON)
