"""Scripts of jobs, under the name by which plugins import them: see `tutor.commands.jobs`."""

from __future__ import annotations

from tutor.commands.jobs import create_user_template, set_theme_template

__all__ = ["create_user_template", "set_theme_template"]
