"""`tutor doctor`: what is wrong with this machine and this project, and what to do about it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt

if TYPE_CHECKING:
    from tutor.commands.context import Context
    from tutor.doctor import Finding, Subject

COLOURS = {"error": "red", "warning": "yellow"}


@click.command("doctor", short_help="Say what is wrong, and what to do.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--fix", is_flag=True, help="Do what is safe to do, and say what was done.")
@click.option(
    "--bundle",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write an archive (.tar.gz) for those who help, without secrets and private paths.",
)
@click.pass_context
def doctor(ctx: click.Context, as_json: bool, fix: bool, bundle: Path | None) -> None:
    """Examine this machine and this project: engine, versions, memory, disk, ports, names, permissions,
    plugins, containers, clocks. Each finding has a remedy. Nothing is changed without --fix.

    The exit code is 1 when something keeps the platform from running.

    \b
    Examples:
      tutor doctor
      tutor doctor --fix
      tutor doctor --bundle support.tar.gz
    """
    context: Context = ctx.obj
    with context.opened() as project:
        subject = _subject(project)
        findings = _findings(subject)
        done, left = _fixed(findings) if fix else ([], findings)
        report = _report(subject, left, done)
        if as_json:
            fmt.echo_json(**report)
        else:
            _show(report["facts"], left, done)
        if bundle is not None:
            from tutor.doctor.bundle import write

            names = write(bundle, subject, report)
            fmt.echo_info(f"Written: {bundle} ({len(names)} files). Have a look before you give it away.")
    if any(finding.severity == "error" for finding in left):
        ctx.exit(1)


def _subject(project: Any) -> Subject:
    from tutor.commands.local import FLAVOUR
    from tutor.doctor import Subject
    from tutor.engines.compose import ComposeProject
    from tutor.engines.run import ProcessRunner

    def compose(engine: Any) -> ComposeProject:
        name = str(project.values[FLAVOUR.project_setting])
        return ComposeProject(name, FLAVOUR.files(project.environment), engine)

    return Subject(ProcessRunner(), project, compose)


def _findings(subject: Subject) -> list[Finding]:
    """What all checks find. One that cannot be made says why, and the others are made."""
    from tutor.doctor import Finding, examine
    from tutor.doctor.checks import ALL
    from tutor.exceptions import TutorError

    found: list[Finding] = []
    for check in ALL:
        try:
            found += examine(subject, (check,))
        except TutorError as error:
            slug = check.__name__.removeprefix("check_")
            finding = Finding(slug, "error", error.message, error.where, error.hint)
            if all((f.message, f.where) != (finding.message, finding.where) for f in found):
                found.append(finding)
    return found


def _fixed(findings: list[Finding]) -> tuple[list[str], list[Finding]]:
    """Do what is safe to do: what was done, and what is left. One that fails is left, with the reason."""
    from tutor.exceptions import TutorError

    done, left = [], []
    for finding in findings:
        if finding.fix is None:
            left.append(finding)
            continue
        try:
            done.append(finding.fix())
        except TutorError as error:
            message = f"{finding.message}; to fix it failed: {error.message}"
            left.append(dataclasses.replace(finding, message=message, fix=None))
    return done, left


def _report(subject: Subject, findings: list[Finding], done: list[str]) -> dict[str, Any]:
    return {
        "facts": _facts(subject),
        "findings": [
            {"check": f.slug, "severity": f.severity, "message": f.message, "where": f.where, "hint": f.hint}
            for f in findings
        ],
        "done": done,
    }


def _facts(subject: Subject) -> dict[str, str]:
    """Versions of what takes part."""
    import platform

    from tutor.__about__ import __version__

    facts = {
        "tutor": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "project": str(subject.project.root),
        "plugins": ", ".join(f"{p.name} {p.version or ''}".rstrip() for p in subject.project.loaded)
        or "none",
    }
    if subject.engine is not None:
        engine = subject.engine
        facts["engine"] = f"{engine.name} {engine.version}"
        argv = [*engine.compose, "version", "--short"]
        facts["compose"] = subject.runner.capture(argv, environment=engine.environment).output.strip()
    return facts


def _show(facts: dict[str, str], findings: list[Finding], done: list[str]) -> None:
    for name, value in facts.items():
        click.echo(f"{name + ':':<9} {value}")
    for sentence in done:
        click.echo(click.style("fixed: ", fg="green", bold=True) + sentence)
    for finding in findings:
        label = click.style(f"{finding.severity}: ", fg=COLOURS[finding.severity], bold=True)
        click.echo(f"{label}{finding.message} [{finding.slug}]")
        if finding.where:
            click.echo(f"  where: {finding.where}")
        if finding.hint:
            click.echo(f"  to do: {finding.hint}")
    if not findings:
        click.echo(click.style("Nothing is wrong.", fg="green"))
