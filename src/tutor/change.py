"""Changing a project: from a wish to new settings and a new environment, made together or not at all."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from tutor import cautions
from tutor.checking import check_rendered, check_tasks
from tutor.config import kept, userfile
from tutor.config.renamed import begun, in_todays_names, renamed
from tutor.config.secrets import is_secret
from tutor.config.table import core_settings
from tutor.config.userfile import differ, enabled_plugins
from tutor.config.values import Typed
from tutor.core.hooks import Layer, Origin, current
from tutor.core.named import Named
from tutor.env.lock import locked, locked_once
from tutor.env.plan import MANIFEST, EnvironmentPlan, Manifest, plan_environment
from tutor.env.record import Record
from tutor.env.recovery import cut_off
from tutor.exceptions import ConfigError, PluginError, TutorError
from tutor.hooks import Actions
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tutor.config.userfile import UserFile
    from tutor.env.history import Generation, KeptSetting, Snapshot
    from tutor.env.render import RenderedTree
    from tutor.project import Project
    from tutor.types import Config


class Change(Named):
    """What the user asks for.

    Args:
        set: settings and their new values.
        append: (setting, item to add to its list).
        remove: (setting, item to take from its list).
        unset: settings that go back to what they are without the user.
        enable: plugins to enable.
        disable: plugins to disable.
        restore: a generation to go back to, settings and environment; nothing else is asked for then.
    """

    set: dict[str, Any] = {}
    append: tuple[tuple[str, Any], ...] = ()
    remove: tuple[tuple[str, Any], ...] = ()
    unset: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    restore: Generation | None = None


class Options(Named):
    """How a change is made.

    Args:
        save_config: write ``config.yml``.
        clean: remove files from the environment that are not rendered.
        allow_missing: go on without enabled plugins that cannot be loaded.
        command: what makes it, for the history: words without values, which may be secrets.
        cautions: gives what else there is to warn of, once the project is open.
    """

    save_config: bool = True
    clean: bool = False
    allow_missing: bool = False
    command: str = "config save"
    cautions: Callable[[Project], Iterable[str]] = lambda _: ()


class Prepared(Named):
    """A change that was computed and checked, not made yet.

    ``settled`` says that there is nothing to make: everything was written before, from the same sources.
    """

    project: Project
    config: bytes | None
    generated: tuple[str, ...]
    tree: RenderedTree
    plan: EnvironmentPlan
    warnings: tuple[str, ...]
    settled: bool = False


def save(
    root: Path,
    plugins_root: Path,
    change: Change,
    options: Options | None = None,
    before: Callable[[Prepared], None] | None = None,
) -> Prepared:
    """Make a change: new settings, rendered, checked, and only then written.

    Args:
        root: the project's root.
        plugins_root: folder of YAML and single-file plugins.
        change: what is asked for.
        options: how it is made.
        before: shown what will be written, just before it is; it may still refuse by raising.

    Raises:
        TutorError: whatever is wrong; nothing was changed then.
    """
    options = options or Options()
    with _making_key(root, change), locked(root):
        _recover(root)
        with opened_for(root, plugins_root, change) as project:
            return _save(project, change, options, before)


def save_environment(project: Project, config: Config) -> Prepared:
    """Render and write the environment of an opened project with settings that somebody gives.

    They count instead of what ``config.yml`` says, which stays as it is.

    Raises:
        TutorError: whatever is wrong; nothing was changed then.
    """
    with locked_once(project.root):
        _recover(project.root)
        options = Options(save_config=False, command="env.save")
        return _save(project.apart(), Change(dict(config)), options)


def _save(
    project: Project,
    change: Change,
    options: Options,
    before: Callable[[Prepared], None] | None = None,
) -> Prepared:
    prepared = checked(project, change, options)
    if before is not None:
        before(prepared)
    if not prepared.settled:
        _make(project.root, prepared, options)
    _keep_settings(project.root, prepared)
    _tell_plugins(project, change.disable)
    return prepared


def _making_key(root: Path, change: Change) -> AbstractContextManager[None]:
    """Make the platform's key from the start, where it seems that a first save has to: it takes longest."""
    name = "JWT_RSA_PRIVATE_KEY"
    with suppress(OSError):  # what is wrong with a file is told by those who need it
        if (
            (root / MANIFEST).exists()
            or name in change.set
            or name.encode() in (root / userfile.FILENAME).read_bytes()
        ):
            return nullcontext()
    from tutor.env import key_maker

    return key_maker.making()


def _recover(root: Path) -> None:
    """Undo what was cut off. We hold the lock: nobody else is at it."""
    if cut_off(root):
        from tutor.env.transaction import recover

        recover(root)


def _make(root: Path, prepared: Prepared, options: Options) -> None:
    from tutor.env.apply import apply

    apply(root, prepared.config, prepared.tree, prepared.plan, snapshot(prepared, options.command))
    renderer = prepared.project.renderer
    record = renderer.record or Record(root)
    record.keep(renderer, prepared.tree, _versions(prepared.project), settled=prepared.config is not None)


def _versions(project: Project) -> dict[str, str]:
    return {plugin.name: plugin.version or "" for plugin in project.loaded}


def _keep_settings(root: Path, prepared: Prepared) -> None:
    """Keep the settings as they are read from ``config.yml``, for the commands that come."""
    content = prepared.config
    if content is None or content == prepared.project.user.content:
        content, values = prepared.project.user.content or b"", prepared.project.user.values
    else:
        values = userfile.check(root / userfile.FILENAME, content)
    kept.keep(root, content, values)


def checked(project: Project, change: Change, options: Options) -> Prepared:
    """Compute a change, once all plugins are there that it needs; writes nothing.

    Args:
        project: opened with `opened_for`.
        change: what is asked for.
        options: how it would be made.

    Raises:
        TutorError: whatever is wrong.
    """
    try:
        project.require_plugins(allow_missing=options.allow_missing)
        return prepare(project, change, options)
    except TutorError as error:
        _correct_remedy(error, project, change)
        raise


def kept_settings(
    project: Project, generated: Iterable[str] = (), *, saved: bool = False
) -> dict[str, KeptSetting]:
    """All settings as a generation keeps them.

    Args:
        project: opened, with the settings to keep.
        generated: settings that are generated now, and saved.
        saved: what stands on the command line is saved.
    """
    from tutor.env.history import KeptSetting

    known = project.values.known()
    return {
        name: KeptSetting(raw, known.get(name), name in known, origin)
        for name, (raw, origin) in _definitions(project, generated, saved=saved).items()
    }


def _definitions(project: Project, generated: Iterable[str], *, saved: bool) -> dict[str, tuple[Any, Origin]]:
    """What gives each setting its value, once a change is made."""
    in_file = Origin(Layer.CONFIG_FILE, file=str(project.user.path))
    found = {}
    for name in project.settings:
        winner = project.settings.winner(name)
        raw, origin = winner.value, winner.origin
        if name in generated:
            raw, origin = project.values[name], in_file
        elif origin.layer is Layer.COMMAND_LINE and saved:
            origin = in_file
        found[name] = (raw, origin)
    return found


def snapshot(prepared: Prepared, command: str) -> Snapshot:
    """What of a change is kept as a generation."""
    import datetime as dt

    from tutor.env.history import Snapshot

    project = prepared.project
    saved = prepared.config is not None
    content = prepared.config if prepared.config is not None else project.user.content or b""
    return Snapshot(
        command=command,
        time=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        config=content,
        definitions=_definitions(project, prepared.generated, saved=saved),
        settings=lambda: kept_settings(project, prepared.generated, saved=saved),
        tree=prepared.tree,
        plugins=_versions(project),
        keep=project.values["KEPT_GENERATIONS"],
    )


def _correct_remedy(error: TutorError, project: Project, change: Change) -> None:
    """A plugin that could not be enabled need not be disabled."""
    for name in set(change.enable).difference(enabled_plugins(project.user)):
        useless = f", or: tutor plugins disable {name}"
        if error.hint and error.hint.endswith(useless):
            error.hint = f"{error.hint.removesuffix(useless)}; {name} was not enabled"
            if error.missing is not None:
                # Some published ones have settings without a default.
                error.hint += f". If it has to be set: tutor plugins enable {name} --set NAME=VALUE"


def _tell_plugins(project: Project, disabled: Iterable[str]) -> None:
    """Tell those that are enabled what was saved, and which are not enabled any more."""
    if not any(current().entries(action) for action in (Actions.ENV_SAVED, Actions.PLUGIN_UNLOADED)):
        return
    from tutor.env import guests

    try:
        with guests.watched(project.root):
            for name in disabled:
                Actions.PLUGIN_UNLOADED.do(name, str(project.root), project.config)
            Actions.ENV_SAVED.do(str(project.environment), project.config)
    except PluginError as error:
        error.message = f"Settings and environment were saved, but then: {error.message}"
        raise


def opened_for(root: Path, plugins_root: Path, change: Change) -> AbstractContextManager[Project]:
    """Open a project with the plugins that a change leaves enabled."""
    user = userfile.read(root)
    if change.restore is not None:
        user = kept_user(root, change.restore)
    wished = {name: value for name, value in begun(user).items() if name not in change.unset}
    wished |= {name: value.value if isinstance(value, Typed) else value for name, value in change.set.items()}
    chosen = wished.get("PLUGINS", []) if "PLUGINS" in change.set else enabled_plugins(user)
    names = new_plugins(chosen if isinstance(chosen, list) else enabled_plugins(user), change)
    read_now = user if change.restore is None else None
    return opened(root, plugins_root, enabled=names, wished=wished, user=read_now)


def kept_user(root: Path, generation: Generation) -> UserFile:
    """``config.yml`` as it was in a generation, with the secrets that came since: they are of use again."""
    from tutor.env.history import History

    content = History.read(root).content(generation.config)
    path = root / userfile.FILENAME
    then = userfile.UserFile(path, content, userfile.check(path, content))
    now = userfile.read(root).values
    since = {name: value for name, value in now.items() if name not in then.values and is_secret(name)}
    content = then.edited(since)
    return userfile.UserFile(path, content, userfile.check(path, content))


def prepare(project: Project, change: Change, options: Options) -> Prepared:
    """Compute a change and check it whole; writes nothing.

    Raises:
        TutorError: whatever is wrong.
    """
    if change.restore is not None:
        return _prepare_restoring(project, change.restore, options)
    user_values = new_values(project, change)
    old = project.user.values
    names = renamed(begun(project.user), project.settings.declared_by_plugin)
    changed_now = {k: v for k, v in user_values.items() if k not in old or differ(old[k], v)}
    said = {name: value for name, value in changed_now.items() if name not in names.values()}
    project.resettle(user_values, said)
    generated = _generate(project, options)
    record = Record(project.root)
    project.renderer.remember(record)
    if not record.checked(project.renderer.prints):
        _check_settings(project)
    config = None
    if options.save_config:
        changed = {**changed_now, **generated}
        user = project.user.renamed(names)
        gone = [name for name in user.values if name not in user_values]
        config = user.edited(changed, gone)
    tree = project.renderer.render_tree()
    if project.renderer.restored and project.renderer.watch.disturbed():
        project.begin_anew(generated)
        _check_settings(project)
        tree = project.renderer.render_tree()
    unknown, wrong = check_rendered(project, tree, lenient=bool(change.disable))
    same_file = config is not None and config == project.user.content
    whole = same_file and not options.clean and not change.disable
    settled = whole and record.settled(project.renderer, tree, _versions(project))
    if not settled:
        from tutor.hooks.probe import try_functions

        try_functions(lambda: project.config)
    without_service = check_tasks(project, tree, settled=settled)
    unready = record.unready(tree, lambda path: (project.environment / path).exists(), settled=settled)
    if settled:
        plan = EnvironmentPlan((), (), (), (), len(tree.files), Manifest())
    else:
        plan = plan_environment(
            project.root,
            tree,
            clean=options.clean,
            disabled=change.disable,
            same=project.renderer.restored,
        )
    warnings = [
        *(str(error) for error in project.plugin_errors),
        *cautions.of_project(project, unknown, unready, user_values),
        *wrong,
        *without_service,
        *options.cautions(project),
    ]
    return Prepared(project, config, tuple(generated), tree, plan, tuple(warnings), settled)


def _prepare_restoring(project: Project, generation: Generation, options: Options) -> Prepared:
    """Go back to a generation: its files as they were, whatever plugins and templates would render now."""
    from tutor.env.history import History

    user = kept_user(project.root, generation)
    project.resettle(user.values)
    _check_settings(project)
    tree = History.read(project.root).tree(generation).rendered(p.name for p in project.loaded)
    plan = plan_environment(project.root, tree, clean=options.clean)
    now = _versions(project)
    warnings = [
        f"plugin {name} was {version or 'there'} then and is {now.get(name) or 'not there'} now: its files "
        "come back as they were, and the next save renders them anew"
        for name, version in generation.plugins.items()
        if now.get(name) != version
    ]
    return Prepared(project, user.content, (), tree, plan, tuple(warnings))


def new_plugins(enabled: Iterable[str], change: Change) -> list[str]:
    """The enabled plugins after a change: a sorted list stays sorted, else new ones come last.

    The order decides which of several defaults and overrides wins. The incumbent sorts the list, so what was
    brought along from there, or begun here, is in the order that plugins know.
    """
    enabled = list(enabled)
    kept = [name for name in enabled if name not in change.disable]
    found = kept + [name for name in dict.fromkeys(change.enable) if name not in kept]
    return sorted(found) if enabled == sorted(enabled) else found


def new_values(project: Project, change: Change) -> dict[str, Any]:
    """The user's settings after a change.

    Raises:
        ConfigError: an item is added to, or taken from, what is no list.
    """
    result = in_todays_names(begun(project.user), project.settings.declared_by_plugin)
    names = renamed(begun(project.user), project.settings.declared_by_plugin)
    for name in (names.get(name, name) for name in change.unset):
        if name not in result and name not in project.settings:
            raise ConfigError(
                f"There is no setting {name} to unset"
                + cautions.did_you_mean(name, [*result, *project.settings]),
                where=str(project.user.path),
                hint="tutor config edit",
            )
        result.pop(name, None)
    for name, value in change.set.items():
        is_typed = isinstance(value, Typed)
        settled = value.settled(is_text=project.settings.is_text(name)) if is_typed else value
        result |= in_todays_names({name: settled}, project.settings.declared_by_plugin)
    for name, item in change.append:
        items = _items(project, result, name)
        result[name] = items if item in items else [*items, item]
    for name, item in change.remove:
        items = _items(project, result, name)
        result[name] = [i for i in items if i != item]
    if change.enable or change.disable:
        result["PLUGINS"] = new_plugins(enabled_plugins(project.user), change)
    return result


def _items(project: Project, chosen: dict[str, Any], name: str) -> list[Any]:
    if name in chosen:
        value = chosen[name]
    elif name in project.settings:
        value = project.settings.winner(name).value
    else:
        value = []
    if not isinstance(value, list):
        raise ConfigError(
            f"{name} is not a list, nothing can be added to it or taken from it",
            where=f"setting {name}",
            hint=f"tutor config save --set {name}=VALUE",
        )
    return value


def _generate(project: Project, options: Options) -> dict[str, Any]:
    """Values of the settings that are generated once."""
    missing = project.settings.missing_unique()
    if missing and not options.save_config:
        raise ConfigError(
            f"{missing[0]} was not generated yet, and without config.yml it would be lost",
            where=str(project.user.path),
            hint="tutor config save",
        )
    return {name: project.values[name] for name in missing}


def _check_settings(project: Project) -> None:
    """Resolve every setting of the core: a wrong one is found although no template may read it."""
    from tutor.config.consistency import check_together

    for name in core_settings():
        project.values[name]
    check_together(project.values)
    _check_key(project)


def _check_key(project: Project) -> None:
    """The platform's key, if it is the user's own: templates take it apart, and can say no more than that."""
    name = "JWT_RSA_PRIVATE_KEY"
    if name not in project.user.values and project.settings.winner(name).origin.layer < Layer.PLUGIN_OVERRIDE:
        return
    from tutor.env.keys import rsa_import_key

    try:
        rsa_import_key(project.values[name])
    except ValueError as error:
        raise ConfigError(
            f"{name} is no private RSA key: {error}",
            where=f"setting {name}",
            hint=f"tutor config save --unset {name}, which generates one; who is logged in logs in again",
        ) from None
