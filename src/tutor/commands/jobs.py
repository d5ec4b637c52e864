"""The name under which published plugins find what runs jobs."""

from tutor.commands.do import do, init, run_init, tasks_of_init
from tutor.commands.plugin_jobs import do_callback

__all__ = ["do", "do_callback", "init", "run_init", "tasks_of_init"]
