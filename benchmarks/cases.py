"""What is timed: commands that people type, on projects of different sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.plugins import generate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.measure import Command, Pair, Sample
    from benchmarks.subjects import Program, Project

#: (title, arguments)
READING = (
    ("--version", ("--version",)),
    ("--help", ("--help",)),
    ("plugins list", ("plugins", "list")),
    ("config printvalue", ("config", "printvalue", "LMS_HOST")),
)
COMPLETION = {"_TUTOR_COMPLETE": "bash_complete", "COMP_WORDS": "tutor config pr", "COMP_CWORD": "2"}
COMPLETING = "completion of a word"
FIRST, FIRST_EVER = "config save, first", "config save, first, no caches"
UNCHANGED, CHANGED = "config save, unchanged", "config save, one setting changed"
#: What a generated plugin has.
PATCHES, SETTINGS = 10, 5
#: A number that no measured run has: what it prepares is not what they find.
_WARM = 10**6
#: Exit codes of `tutor plan`: nothing would change, something would.
PLANNED = (0, 2)


@dataclass(frozen=True)
class Case:
    """A command of both programs, on one kind of project.

    Args:
        plugins: words for the project.
        title: of the command.
        theirs: the command, of the incumbent.
        ours: of this checkout.
    """

    plugins: str
    title: str
    theirs: Command
    ours: Command

    @property
    def name(self) -> str:
        """What it is called where results are kept."""
        return f"{self.plugins}: {self.title}"

    def measure(self, repeat: int) -> Measured:
        """Run both in turn, after a run of each that does not count."""
        for command in (self.theirs, self.ours):
            measure.run(command, _WARM)
        return Measured(self, measure.in_turn(self.theirs, self.ours, repeat))


@dataclass(frozen=True)
class Measured:
    """What came out for a case."""

    case: Case
    pair: Pair


def of_projects(projects: tuple[Project, Project], label: str) -> Iterator[Case]:
    """All cases on two projects with the same plugins, in an order in which each finds what it needs."""

    def case(title: str, *arguments: str) -> Case:
        return Case(label, title, *(project.tutor(*arguments) for project in projects))

    yield Case(label, FIRST_EVER, *(p.tutor("config", "save", prepare=p.begin_anew) for p in projects))
    yield Case(label, FIRST, *(p.tutor("config", "save", prepare=p.begin) for p in projects))
    for title, arguments in READING:
        yield case(title, *arguments)
    yield Case(label, COMPLETING, *(project.tutor(variables=COMPLETION) for project in projects))
    yield case(UNCHANGED, "config", "save")
    yield case(CHANGED, "config", "save", "--set", "PLATFORM_NAME=Name {n}")


def generated(
    programs: tuple[Program, Program],
    folder: Path,
    number: int,
    patches: int = PATCHES,
    settings: int = SETTINGS,
) -> tuple[Project, Project]:
    """Projects with generated plugins.

    Args:
        programs: whose.
        folder: that has the projects and the plugins.
        number: of plugins.
        patches: of each.
        settings: of each.
    """
    place = folder / f"{number}x{patches}x{settings}"
    names = generate(place / "site", number, patches, settings)
    chosen = {"PLUGINS": names} if names else {}
    theirs, ours = (program.on(place, place / "site" if names else None, chosen) for program in programs)
    return theirs, ours


def floors(project: Project) -> dict[str, Command]:
    """What nobody can be faster than: an empty Python; a project's settings parsed and its files written."""
    python = str(project.program.python)
    script = (
        "import os, sys, yaml\n"
        "yaml.load(open(sys.argv[1] + '/config.yml'), getattr(yaml, 'CSafeLoader', yaml.SafeLoader))\n"
        "for place, _, files in os.walk(sys.argv[1] + '/env'):\n"
        "    target = sys.argv[2] + place[len(sys.argv[1]):]\n"
        "    os.makedirs(target, exist_ok=True)\n"
        "    for name in files:\n"
        "        with open(place + '/' + name, 'rb') as old, open(target + '/' + name, 'wb') as new:\n"
        "            new.write(old.read())\n"
    )
    target = str(project.folder / "floor")
    return {
        "empty": measure.Command((python, "-c", "pass"), project.env()),
        "saving": measure.Command((python, "-c", script, str(project.root), target), project.env()),
    }


@dataclass(frozen=True)
class Alone:
    """Commands of this checkout beside what nobody can be faster than, on one project.

    Args:
        plugins: words for the project.
        samples: title → runs.
    """

    plugins: str
    samples: dict[str, tuple[Sample, ...]]


def alone(project: Project, label: str, repeat: int) -> Alone:
    """Measure `--version`, saves and `plan` in turn with the floors."""
    changed = project.tutor("config", "save", "--set", "PLATFORM_NAME=Name {n}")
    commands = floors(project) | {
        "--version": project.tutor("--version"),
        UNCHANGED: project.tutor("config", "save"),
        CHANGED: changed,
        "plan": project.tutor("plan", allowed=PLANNED),
        FIRST: project.tutor("config", "save", prepare=project.begin),
    }
    measure.run(commands[FIRST], 0)
    samples: dict[str, list[Sample]] = {title: [] for title in commands}
    for number in range(repeat):
        for title, command in commands.items():
            samples[title].append(measure.run(command, number))
    return Alone(label, {title: tuple(found) for title, found in samples.items()})


def growth(
    program: Program, folder: Path, repeat: int, numbers: Sequence[int]
) -> Iterator[tuple[str, int, float]]:
    """Seconds of the processor for a save with one setting changed: (what grows, its number, seconds)."""
    for what in ("plugins", "patches", "settings"):
        for number in numbers:
            sizes = {
                "plugins": (number, PATCHES, SETTINGS),
                "patches": (1, number, SETTINGS),
                "settings": (1, PATCHES, number),
            }[what]
            project, _ = generated((program, program), folder / "growth", *sizes)
            project.begin()
            command = project.tutor("config", "save", "--set", "PLATFORM_NAME=Name {n}")
            measure.run(command, _WARM)
            yield what, number, measure.fastest(measure.alone(command, repeat))
