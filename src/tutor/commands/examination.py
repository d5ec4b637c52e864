"""Checking plugins in a process of its own: their code does not run in the one that tells what was found.

    python -m tutor.commands.examination REQUEST

takes a JSON object and prints one: see `Request`. The root is a copy, in which secrets that plugins generate
may be saved: the first process renders, the second renders once more and compares.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.exceptions import PluginError, TutorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tutor.engines.run import Result, Runner
    from tutor.plugins.checks import Finding
    from tutor.project import Project

#: Seconds that plugins may take to load and to be rendered.
TIMEOUT = 60
#: What the first process rendered, in the copy of the root.
RENDERED = "rendered.json"


@dataclass(frozen=True, slots=True)
class Request:
    """What to check.

    Args:
        root: folder of the project's ``config.yml``; an empty one for default settings.
        plugins_root: folder of YAML and single-file plugins.
        loaded: plugins to load, in order.
        names: those to check.
        ignored: slugs of rules to leave out.
        path: folders to put on Python's path.
    """

    root: str
    plugins_root: str
    loaded: tuple[str, ...]
    names: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    path: tuple[str, ...] = ()

    def without(self, left_out: Collection[str]) -> Request:
        """The same, some plugins left out."""
        loaded = tuple(name for name in self.loaded if name not in left_out)
        return dataclasses.replace(
            self, loaded=loaded, names=tuple(name for name in self.names if name not in left_out)
        )


class EndedError(PluginError):
    """Plugins that were loaded took their process with them, or did not come to an end."""


def contained(runner: Runner, request: Request, ended: dict[str, EndedError]) -> list[Finding]:
    """Like `examined`. A plugin that takes its process with it is a finding; others are checked without it.

    Args:
        runner: starts the processes.
        request: what to check.
        ended: plugins that did so before, and are left out from the start; those that do so now are added.

    Raises:
        TutorError: the project itself is wrong.
    """
    try:
        found = _examined_without(runner, request, ended)
    except EndedError as together:
        for name in request.loaded:
            if name in ended:
                continue
            try:
                examined(runner, dataclasses.replace(request, loaded=(name,), names=(name,)))
            except EndedError as error:
                ended[name] = error
            except TutorError:
                continue  # it needs another one, and is checked with it below
        try:
            found = _examined_without(runner, request, ended)
        except EndedError:
            # Each alone does nothing of the kind: it is what they do together.
            rest = request.without(ended).names
            return [_end_of(name, together) for name in rest] + _ends(request, ended)
    return found + _ends(request, ended)


def _examined_without(runner: Runner, request: Request, ended: Collection[str]) -> list[Finding]:
    rest = request.without(ended)
    return examined(runner, rest) if rest.names else []


def _ends(request: Request, ended: dict[str, EndedError]) -> list[Finding]:
    return [_end_of(name, ended[name]) for name in request.names if name in ended]


def _end_of(name: str, error: EndedError) -> Finding:
    from tutor.plugins.checks import Finding

    return Finding("load-failure", "error", name, None, error.message, error.hint or "correct the plugin")


def examined(runner: Runner, request: Request) -> list[Finding]:
    """What the rules find in plugins that run in other processes.

    Raises:
        EndedError: the plugins take the process with them.
        TutorError: the project itself is wrong.
    """
    from tutor.plugins.checks import Finding

    with tempfile.TemporaryDirectory(prefix="tutor-check-") as folder:
        _copy(Path(request.root), Path(folder))
        inner = dataclasses.replace(request, root=folder)
        for seed in ("1", "2"):
            result = _ask(runner, inner, seed)
            answer = _answer(result, request)
    return [Finding(**facts) for facts in answer["findings"]]


def _copy(root: Path, copy: Path) -> None:
    """The settings, and our files of the environment: some plugins read them when they are loaded."""
    from tutor.env.plan import Manifest

    with contextlib.suppress(FileNotFoundError):
        _write(copy / "config.yml", (root / "config.yml").read_bytes())
    manifest = Manifest.read(root)
    for path in (*manifest.files, *manifest.guests):
        target = copy / "env" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            shutil.copyfile(root / "env" / path, target)


def _ask(runner: Runner, request: Request, seed: str) -> Result:
    argv = [sys.executable, "-m", "tutor.commands.examination", json.dumps(dataclasses.asdict(request))]
    # The order of sets depends on the seed.
    environment = {"PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
    path = [*request.path, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    if path:
        environment["PYTHONPATH"] = os.pathsep.join(path)
    return runner.capture(argv, environment=environment)


def _answer(result: Result, request: Request) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(result.output)
    except ValueError:
        said = f": {result.reason}" if result.errors.strip() else ""
        reason = f"the process ended with exit code {result.code}{said}"
        if result.code == 128 + signal.SIGALRM:
            reason = f"loading takes more than {TIMEOUT} seconds"
        raise EndedError(
            f"{' and '.join(request.names)} cannot be checked: {reason}",
            where=f"plugin {request.names[0]}",
            hint="correct the plugin",
        ) from None
    if "error" in answer:
        raise TutorError(answer["error"], where=answer["where"], hint=answer["hint"])
    return answer


def collect(request: Request) -> dict[str, Any]:
    """Render, and check when that was done by another process already."""
    from tutor.project import opened

    root = Path(request.root)
    try:
        with opened(root, Path(request.plugins_root), enabled=request.loaded) as project:
            try:
                found = _rendered_findings(project, request)
            except TutorError:
                found = list(_examined_unrendered(project, request))
                if not found:
                    raise
    except TutorError as error:
        # A function of the plugin fails, and not only where a file is rendered.
        found = list(_failure(error, request))
        if not found:
            raise
    return {"findings": [dataclasses.asdict(finding) for finding in found]}


def _rendered_findings(project: Project, request: Request) -> list[Finding]:
    _generate(project)
    rendered = project.root / RENDERED
    if not rendered.is_file():
        _save(rendered, project)
        return []
    return list(_findings(project, request, json.loads(rendered.read_text())))


def _examined_unrendered(project: Project, request: Request) -> Iterator[Finding]:
    """What the rules find that need no environment, where none can be rendered."""
    from tutor.env.render import RenderedTree
    from tutor.plugins.checks import Subject, all_rules, examine
    from tutor.plugins.checks.subject import Rendering

    only = {rule.slug for rule in all_rules() if not rule.rendered}
    for name in project.installed.keys() & request.names:
        subject = Subject(project.installed[name][0], project, Rendering(RenderedTree()))
        yield from examine(subject, request.ignored, only=only)


def _failure(error: TutorError, request: Request) -> Iterator[Finding]:
    from tutor.plugins.checks import Finding

    for origin in error.origins:
        if origin.plugin in request.names:
            yield Finding(
                rule="load-failure",
                severity="error",
                plugin=origin.plugin,
                version=origin.version,
                message=error.message,
                hint="correct the plugin",
                file=origin.file,
                line=origin.line,
            )
            return


def _findings(project: Project, request: Request, again: dict[str, str]) -> Iterator[Finding]:
    from tutor.commands.added import added_commands
    from tutor.hooks.probe import try_functions
    from tutor.plugins.checks import Subject, examine
    from tutor.plugins.checks.subject import Rendering

    try_functions(lambda: project.config)
    rendering, commands = Rendering.of(project, again), added_commands()
    for error in rendering.errors:
        if not any(origin.plugin for origin in error.origins):
            raise error  # the user's settings are wrong, and no plugin
    for name in request.names:
        if name not in project.installed:
            raise PluginError(
                f"Plugin {name} cannot be found", where=f"plugin {name}", hint="tutor plugins list"
            )
        subject = Subject(project.installed[name][0], project, rendering, commands)
        yield from examine(subject, request.ignored)


def _generate(project: Project) -> None:
    """Save what is generated once, so that the next process has the same."""
    generated = {}
    for name in project.settings.missing_unique():
        with contextlib.suppress(TutorError):
            generated[name] = project.values[name]
    if generated:
        content = project.user.edited(generated)
        _write(project.root / "config.yml", content)
        project.resettle({**project.user.values, **generated})


def _save(path: Path, project: Project) -> None:
    files = project.renderer.render_tree([]).files
    texts = {name: file.content.decode(errors="replace") for name, file in files.items()}
    _write(path, json.dumps(texts).encode())


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def with_requirements(name: str, enabled: Collection[str], installed: Any) -> list[str]:
    """Plugins to load for one: the enabled ones, those that it needs, and itself."""
    from tutor.plugins.requirements import missing

    wanted, waiting = [name], [name]
    while waiting:
        for plugin in installed.get(waiting.pop(), ()):
            for choices in missing(plugin, [*enabled, *wanted], installed):
                wanted.insert(0, choices[0])
                waiting.append(choices[0])
    return [*(other for other in enabled if other not in wanted), *wanted]


@contextlib.contextmanager
def _as_a_command(request: Request) -> Iterator[None]:
    """What plugins find when a command runs: the command line. What they write goes into the copy."""
    import click

    from tutor.commands.cli import cli
    from tutor.commands.context import Context

    os.chdir(request.root)
    context = click.Context(cli, info_name="tutor", obj=Context(request.root, request.plugins_root))
    context.params["root"] = request.root
    with context:
        yield


def main(arguments: Sequence[str]) -> None:
    """Print what was found."""
    facts: dict[str, Any] = json.loads(arguments[0])
    facts = {key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()}
    request = Request(**facts)
    signal.alarm(TIMEOUT)
    # What plugins print when they are loaded is not the answer.
    with contextlib.redirect_stdout(sys.stderr), _as_a_command(request):
        try:
            answer = collect(request)
        except TutorError as error:
            answer = {"error": error.message, "where": error.where, "hint": error.hint}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
