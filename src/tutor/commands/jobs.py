"""The name under which published plugins find what runs jobs."""

from tutor.commands.do import do, init, run_init, tasks_of_init

__all__ = ["do", "init", "run_init", "tasks_of_init"]
