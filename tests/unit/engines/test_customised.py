"""Images that are pulled although something here would change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import Session, write
from tutor.engines.customised import pulled_by_nodes, pulled_without
from tutor.engines.images import Here, all_builds, built_here
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Puts something into the image, and something elsewhere.
PLUGIN = """
from tutor import hooks
hooks.Filters.ENV_PATCHES.add_items([
    ("openedx-dockerfile-post-python-requirements", "RUN pip install clocks"),
    ("openedx-common-settings", "CLOCKS = True"),
])
"""


def warnings(session: Session, here: Mapping[str, str]) -> list[str]:
    """What is said, with images of some names here, each with the digest of what it was built from."""
    with opened(session.root, session.plugins_root) as project:
        declared = [build for build in all_builds(project) if build.name in ("openedx", "permissions")]
        labelled = {b.tag: Here("id", here[b.name]) for b in declared if b.name in here}
        return list(pulled_without(project, declared, built_here(declared, labelled)))


@pytest.mark.parametrize("here", [{}, {"openedx": ""}])
def test_a_plugin_that_the_image_has_not(session: Session, here: Mapping[str, str]) -> None:
    """It is not here yet, or was pulled."""
    write(session.plugins_root / "clocks.py", PLUGIN)
    session.tutor("plugins", "enable", "clocks")
    [said] = warnings(session, here)
    assert (
        "without what these put into it: plugin clocks (patch openedx-dockerfile-post-python-requirements)."
        in said
    )
    assert said.endswith("tutor images build openedx")


def test_a_setting_that_the_image_has_not(session: Session) -> None:
    session.tutor("config", "save", "--set=EDX_PLATFORM_VERSION=main", "--set=CONTACT_EMAIL=me@example.com")
    [said] = warnings(session, {})
    assert "without what these put into it: setting EDX_PLATFORM_VERSION." in said


def test_one_that_was_built_here_has_it(session: Session) -> None:
    session.tutor("config", "save", "--set=EDX_PLATFORM_VERSION=main")
    assert warnings(session, {"openedx": "some digest"}) == []


def test_the_nodes_of_a_cluster_pull_it_unless_it_has_another_name(session: Session) -> None:
    write(session.plugins_root / "clocks.py", PLUGIN)
    session.tutor("plugins", "enable", "clocks")
    with opened(session.root, session.plugins_root) as project:
        [said] = pulled_by_nodes(project)
    assert "plugin clocks (patch openedx-dockerfile-post-python-requirements)" in said
    assert "tutor images push openedx" in said
    session.tutor("config", "save", "--set=DOCKER_IMAGE_OPENEDX=registry.example.com/openedx:1")
    with opened(session.root, session.plugins_root) as project:
        assert list(pulled_by_nodes(project)) == []
