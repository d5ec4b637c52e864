"""Published plugins run unmodified: listed, enabled, found in the environment, and gone without a trace."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.compat import checks
from tests.compat.contributions import Contributions, gather
from tests.compat.packages import Release, releases
from tests.kit import fingerprint
from tutor.config import userfile
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.compat.conftest import CompatSession

RELEASES = releases()
#: Points whose contents are put into another form: what is there is compared by its words.
REFORMED = re.compile(r"\w+")


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_published_plugin(
    release: Release,
    with_plugins: Callable[[Iterable[Release]], CompatSession],
    recorded: Callable[[Release, dict[str, Any]], None],
    failed_installs: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    """One release of a plugin, from being listed to being disabled."""
    if release.uninstallable is not None:
        if release.pin not in failed_installs:
            # A compiler decides: an older Python than the one whose outcome is recorded may build it.
            pytest.skip(f"{release.pin} can be installed with this Python")
        recorded(release, {"name": release.package.removeprefix("tutor-"), "cannot": release.uninstallable})
        return
    companions = [RELEASES[pin] for pin in release.companions]
    session = with_plugins([release, *companions])
    if companions:
        session.tutor("plugins", "enable", *(c.name for c in companions))
    if release.settings:
        session.tutor("config", "save", *(f"--set={name}={value}" for name, value in release.settings))
    update = bool(request.config.getoption("--update-golden"))
    enabled = [c.name for c in companions]
    before, user_before = fingerprint(session.root / "env"), userfile.read(session.root).values
    listed = _rows(session)[release.name]
    assert listed["status"] == "installed"
    assert listed["version"] == release.version

    if release.cannot is not None:
        _is_refused(session, release)
        assert fingerprint(session.root / "env") == before
        checks.keep(release, checks.as_the_command(session, release, enabled), update=update)
        recorded(release, {"name": release.name, "api": release.api, "cannot": release.cannot})
        return

    said = session.tutor("plugins", "enable", release.name).err
    assert _rows(session)[release.name]["status"] == "enabled"
    saved = fingerprint(session.root / "env")
    session.tutor("config", "save")
    assert fingerprint(session.root / "env") == saved, "an unchanged save changes files"

    found = _looked_at(session, release, said, update=update)
    if update:
        checks.keep(release, checks.as_the_command(session, release, enabled), update=True)
    _commands_answer(session, found)

    session.tutor("plugins", "disable", release.name)
    assert _changed(before, fingerprint(session.root / "env")) == []
    user_after = userfile.read(session.root).values
    assert {k: v for k, v in user_after.items() if k not in found.unique} == {
        k: v for k, v in user_before.items() if k not in found.unique
    } | {"PLUGINS": sorted(c.name for c in companions)}
    outcome = {"name": release.name, "api": release.api, **found.counts()}
    if release.settings:
        outcome["set"] = [name for name, _ in release.settings]
    if release.apart:
        outcome["apart"] = release.apart
    if release.unbuildable:
        outcome["unbuildable"] = list(release.unbuildable)
    recorded(release, outcome)


def _looked_at(session: CompatSession, release: Release, said: str, *, update: bool) -> Contributions:
    """What it contributes is where it belongs, and the rules find what they found before."""
    with session.environment({}), opened(session.root, session.plugins_root) as project:
        assert not project.plugin_errors
        found = gather(project, release.name)
        found.check_settings(project)
        tree = project.renderer.render_tree()
        found.check_patches(project, tree, said)
        found.check_files(project)
        found.check_tasks(project)
        found.check_images(project, release.unbuildable)
        if not update:
            checks.keep(release, checks.in_this_process(project, tree, release.name), update=False)
    return found


def _rows(session: CompatSession) -> dict[str, Any]:
    return {row["name"]: row for row in json.loads(session.tutor("plugins", "list", "--json").out)["plugins"]}


def _is_refused(session: CompatSession, release: Release) -> None:
    """What cannot work says so, with the plugin's name, and changes nothing."""
    said = session.tutor("plugins", "enable", release.name, code=1).err
    assert release.name in said
    assert release.error is not None
    assert re.search(release.error, said), said
    assert _rows(session)[release.name]["status"] == "installed"


def _commands_answer(session: CompatSession, found: Contributions) -> None:
    """Commands and jobs are there, each in the help of its group, and with a help of its own."""
    for *group, word in found.commands:
        assert re.search(rf"^  {re.escape(word)}\b", session.tutor(*group, "--help").out, re.MULTILINE)
        assert f"Usage: tutor {' '.join([*group, word])} " in session.tutor(*group, word, "--help").out


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return sorted(p for p in {*before, *after} if before.get(p) != after.get(p))
