"""`tutor k8s launch`: from nothing, or from whatever runs, to a platform that answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands import learner_pages
from tutor.commands.compose import allow_missing_option
from tutor.commands.do import run_init, tasks_of_init
from tutor.commands.kubernetes import new_session, session
from tutor.commands.launch import quickstart_of
from tutor.commands.showing import dry_run_option

if TYPE_CHECKING:
    from tutor.change import Prepared
    from tutor.commands.context import Context
    from tutor.commands.kubernetes import KubernetesSession

#: Seconds that all workloads may take to become ready after the initialisation.
READY_TIMEOUT = 900.0


@click.command("launch", short_help="Configure, start and initialise the platform.")
@click.option("-I", "--non-interactive", is_flag=True, help="Ask nothing: take the settings as they are.")
@allow_missing_option
@dry_run_option
@click.pass_obj
def launch(context: Context, non_interactive: bool, allow_missing: bool, dry_run: bool) -> int:
    """Configure, start and initialise the platform: the one command for a first start and after every change.

    It does no harm to run it again, also where it was stopped or has failed. Only pods whose definition or
    settings have changed are replaced; what is not rendered any more is deleted, except for volumes. With
    --dry-run, nothing is asked, and the cluster itself says how its objects would change.

    \b
    Examples:
      tutor k8s launch
      tutor k8s launch --non-interactive
      tutor k8s launch --dry-run
    """
    if dry_run:
        from tutor.commands.k8s_dry_run import show

        return show(context, allow_missing=allow_missing)
    from tutor.engines.customised import pulled_by_nodes

    answers, plugins = _prepare(context, non_interactive, allow_missing)
    learner_pages.get(context, plugins)
    fmt.echo_title("Saving settings and environment")
    _save(context, answers, plugins, allow_missing)
    with session(context, deploys=True, allow_missing=allow_missing) as s:
        for sentence in pulled_by_nodes(s.project):
            s.reporter.warn(sentence)
        bring_up(s)
    return 0


quickstart = quickstart_of(launch)


def _prepare(
    context: Context, non_interactive: bool, allow_missing: bool
) -> tuple[dict[str, Any], list[str]]:
    """Make sure that there is a cluster, and ask the questions.

    Returns:
        Settings, and plugins to enable.
    """
    from tutor.commands.questions import wishes

    with session(context, deploys=True, allow_missing=allow_missing) as s:
        fmt.echo_info(f"cluster: {' '.join(s.cluster.kubectl[1:])}, namespace {s.cluster.namespace}")
        return wishes(s.project, non_interactive=non_interactive)


def _save(context: Context, answers: dict[str, Any], plugins: list[str], allow_missing: bool) -> None:
    from tutor import change
    from tutor.commands import report

    def check(prepared: Prepared) -> None:
        """A namespace that is another platform's keeps everything as it was."""
        new_session(prepared.project).check_before_jobs()

    prepared = change.save(
        Path(context.root),
        Path(context.plugins_root),
        change.Change(set=answers, enable=tuple(plugins)),
        change.Options(allow_missing=allow_missing, command="k8s launch"),
        before=check,
    )
    report.saved(prepared)


def bring_up(s: KubernetesSession, again: str | None = None) -> None:
    """Bring the cluster to what is rendered, initialise it, and wait until all is ready.

    Args:
        s: where.
        again: the command that goes on after a task has failed, if not the job's own.

    Raises:
        TutorError: an object is refused, a task fails, or a pod does not become ready.
    """
    from tutor.engines import deploy, rollout

    tasks = tasks_of_init(s)
    fmt.echo_title("Applying the objects")
    deployed = s.deploy()
    fmt.echo_title("Waiting for the databases")
    s.start_data_services()
    fmt.echo_title("Initialising databases and services")
    run_init(s, tasks, again=again)
    fmt.echo_title("Waiting until all services are ready")
    workloads = list(deployed.manifests.workloads)
    rollout.wait(s.runner, s.cluster, workloads, s.reporter, timeout=READY_TIMEOUT)
    # Not before: pods on their way out read their settings.
    deploy.prune(s.runner, s.cluster, deployed, s.reporter)
    note_brought(s)
    _addresses(s)


def note_brought(s: KubernetesSession) -> None:
    """Note in the history that the cluster was brought to what was saved last."""
    from tutor.env.history import note_deployed
    from tutor.env.lock import locked

    with locked(s.project.root):
        note_deployed(s.project.root, "k8s", {})


def _addresses(s: KubernetesSession) -> None:
    """Tell where the platform answers."""
    from tutor.commands.hosts import public_hosts

    scheme = "https" if s.project.values["ENABLE_HTTPS"] else "http"
    fmt.echo_title("The platform runs")
    for host, purpose in public_hosts(s.project, "local"):
        click.echo(f"    {scheme}://{host}  {purpose}".rstrip())
    fmt.echo_info(_entrance(s))


def _entrance(s: KubernetesSession) -> str:
    """Where names have to lead, in a sentence."""
    import json

    if s.project.values["K8S_INGRESS"] != "caddy":
        return "Let these names lead to the cluster's ingress controller or gateway."
    result = s.runner.capture(s.cluster.command("get", "service", "caddy", "--output=json"))
    status = json.loads(result.output).get("status") or {} if result.code == 0 else {}
    entries = (status.get("loadBalancer") or {}).get("ingress") or []
    found = [str(e.get("ip") or e.get("hostname")) for e in entries]
    if found:
        return f"Let these names lead to {', '.join(found)}."
    return (
        "The cluster has given the web server no address yet: tutor k8s status. To look in without one: "
        f"kubectl --namespace {s.cluster.namespace} port-forward service/caddy 8080:80"
    )
