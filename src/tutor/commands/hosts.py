"""The public host names of the platform, the core's and those of plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.env.failures import Text
from tutor.hooks import Filters

if TYPE_CHECKING:
    from typing import Literal

    from tutor.project import Project


def public_hosts(project: Project, app: Literal["local", "dev"]) -> list[tuple[str, str]]:
    """Host names, with a port where there is one, each with whom it is for, or the plugin whose it is.

    Raises:
        RenderError: one cannot be rendered.
    """
    values = project.values
    purposes = {values["CMS_HOST"]: "for authors", values["LMS_HOST"]: "for learners"}
    found: dict[str, str] = {}
    for host, origin in Filters.APP_PUBLIC_HOSTS.collect(app):
        text = Text(f"<public host {host}>", host, origin, "public host")
        rendered = project.renderer.render_text(host, text)
        found.setdefault(rendered, origin.plugin or purposes.get(rendered.partition(":")[0], ""))
    return list(found.items())
