"""Making a plan: a prepared change, compared with what is on disk, with what is known, and with what runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.change import Change, Options, checked, opened_for
from tutor.config.masking import Mask
from tutor.core.hooks import Layer
from tutor.env.history import History
from tutor.exceptions import StorageError
from tutor.plan.files import FileComparison
from tutor.plan.model import Plan, SettingChange
from tutor.plan.settings import SettingsComparison
from tutor.plan.sides import AS_EVER, Found, side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from tutor.change import Prepared
    from tutor.env.history import Generation, KeptSetting, KeptTree
    from tutor.plan.sides import Fetch, Look
    from tutor.project import Project

#: The way to run the platform that is looked at where none was ever run.
DEFAULT_SIDE = "local"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a change is compared with, besides the disk.

    Args:
        history: the kept generations.
        last: the newest generation.
        running: the generation that the platform runs on, where that is known.
    """

    history: History
    last: Generation | None
    running: Generation | None

    @classmethod
    def of(cls, root: Path, side_name: str) -> Baseline:
        """The baseline for one way to run the platform; empty for none."""
        history = History.read(root)
        return cls(history, history.last, history.running(side_name) if side_name else None)

    def settings(self) -> dict[str, KeptSetting] | None:
        """All settings as they were."""
        generation = self.running or self.last
        try:
            return self.history.settings(generation) if generation else None
        except (StorageError, ValueError):
            return None

    def tree(self, generation: Generation | None) -> KeptTree | None:
        """The files of a generation, unless its history is damaged."""
        try:
            return self.history.tree(generation) if generation else None
        except (StorageError, ValueError):
            return None


def chosen_side(root: Path, wanted: str | None) -> str:
    """The way to run the platform that is meant: the one that was run last, if none is named."""
    if wanted:
        return side(wanted).name
    return side_in_use(root) or DEFAULT_SIDE


def side_in_use(root: Path) -> str:
    """The way to run the platform that was run last; empty where none was."""
    deployed = History.read(root).deployed
    return max(deployed, key=lambda name: deployed[name]) if deployed else ""


def plan_change(
    root: Path,
    plugins_root: Path,
    change: Change,
    options: Options,
    side_name: str = "",
    fetch: Fetch = AS_EVER,
) -> tuple[Plan, Prepared]:
    """What a change would do. Writes nothing and starts nothing.

    Args:
        root: the project's root.
        plugins_root: folder of YAML and single-file plugins.
        change: what is asked for.
        options: how it would be made.
        side_name: the way to run the platform that is looked at; empty for none.
        fetch: how images would be got.

    Raises:
        TutorError: the change cannot be made.
    """
    with opened_for(root, plugins_root, change) as project:
        look = begin(project, side_name, fetch)
        prepared = checked(project, change, options)
        return make_plan(prepared, side_name, look), prepared


def begin(project: Project, side_name: str, fetch: Fetch = AS_EVER) -> Look | None:
    """Begin to look at what runs, while the change is computed."""
    return side(side_name).look(project, fetch) if side_name else None


def make_plan(prepared: Prepared, side_name: str, look: Look | None, commands: tuple[str, ...] = ()) -> Plan:
    """Put a plan together.

    Args:
        prepared: the change, computed and checked, its project still open.
        side_name: the way to run the platform that is looked at; empty for none.
        look: at what runs there.
        commands: what to run next.
    """
    project = prepared.project
    if look is not None:
        look.begin(prepared)
    baseline = Baseline.of(project.root, side_name)
    before = baseline.settings()
    settings = SettingsComparison(project, before, prepared.generated)
    mask = Mask(_secrets(project, before))
    files = FileComparison(
        prepared, settings, mask, baseline.tree(baseline.last), baseline.tree(baseline.running)
    )
    differences = files.differences()
    found = look.compare(prepared, differences) if look else Found()
    unknown = list(found.unknown)
    if before is None and project.user.content is not None and project.environment.is_dir():
        unknown.insert(0, "what the settings were before: no generation is kept yet")
    return Plan(
        side=side_name,
        settings=settings.changes if before is not None else tuple(_first_settings(prepared)),
        generated=tuple(sorted(prepared.generated)),
        config=prepared.config is not None and prepared.config != project.user.content,
        files=tuple(difference.change for difference in differences),
        images=found.images,
        services=found.services,
        tasks=found.tasks,
        unknown=tuple(unknown),
        warnings=(*prepared.warnings, *found.warnings),
        commands=commands,
    )


def _first_settings(prepared: Prepared) -> Iterator[SettingChange]:
    """For a project of which nothing is known: what the user chooses now."""
    from tutor.config.secrets import shown

    settings = prepared.project.settings
    for name in settings:
        winner = settings.winner(name)
        if winner.origin.layer is Layer.COMMAND_LINE:
            value = shown(name, winner.value)
            yield SettingChange(name, "new", None, value, winner.origin.layer.title)


def _secrets(project: Project, before: dict[str, KeptSetting] | None) -> Iterator[tuple[str, Any]]:
    yield from project.user.values.items()
    yield from project.values.known().items()
    for name, setting in (before or {}).items():
        yield name, setting.value
        yield name, setting.raw
