"""Fixtures of the tests of rules: a plugin is made and loaded, and rules are run on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, write
from tutor.commands.added import added_commands
from tutor.env.render import Renderer
from tutor.plugins.checks import Subject, examine
from tutor.plugins.checks.subject import Rendering
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.kit import Session
    from tutor.plugins.checks import Finding


@pytest.fixture
def check(session: Session) -> Callable[..., list[Finding]]:
    """Load the plugin myapp, and others before it, and run rules on it.

    It is an entry point of API v0 or v1, or a YAML file or a Python module in the folder of plugins.
    """

    def run(
        source: str,
        only: tuple[str, ...] | None = None,
        *,
        kind: str = "v0",
        files: Mapping[str, str] | None = None,
        enabled: tuple[str, ...] = (),
    ) -> list[Finding]:
        if kind in ("v0", "v1"):
            distribution(session.site, "myapp", source, files=files or {}, group=f"tutor.plugin.{kind}")
        else:
            write(session.plugins_root / f"myapp.{kind}", source)
        with (
            session.environment({}),
            opened(session.root, session.plugins_root, enabled=(*enabled, "myapp")) as project,
        ):
            generated = {name: project.values[name] for name in project.settings.missing_unique()}
            project.resettle({**project.user.values, **generated})
            again = {
                path: file.content.decode(errors="replace")
                for path, file in Renderer(project.settings).render_tree([]).files.items()
            }
            rendering = Rendering.of(project, again)
            subject = Subject(project.installed["myapp"][0], project, rendering, added_commands())
            return list(examine(subject, only=only))

    return run
