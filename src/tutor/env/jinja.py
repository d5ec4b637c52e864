"""The Jinja environment: names are settings, resolved when a template asks for them."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

from tutor.config import sizes
from tutor.core import cache
from tutor.core.hooks import CORE
from tutor.core.later import called_later, import_parts, import_without, patterns_later
from tutor.env import functions
from tutor.env.keys import rsa_import_key
from tutor.env.patterns import left_out
from tutor.env.reads import WatchedFilters
from tutor.hooks import Filters

import_parts("jinja2")
# What compiles templates: most are kept compiled.
with patterns_later():
    import_without(
        "jinja2.environment",
        {
            "jinja2.compiler": ("CodeGenerator", "generate"),
            "jinja2.lexer": ("Lexer", "TokenStream", "get_lexer"),
            "jinja2.parser": ("Parser",),
        },
    )

from jinja2 import environment as jinja2_environment  # noqa: E402 (not before what is above)
from jinja2.environment import Environment, Template  # noqa: E402 (as above)
from jinja2.exceptions import TemplateNotFound  # noqa: E402 (as above)
from jinja2.runtime import Context  # noqa: E402 (as above)
from jinja2.utils import missing  # noqa: E402 (as above)

from tutor.env.undefined import UnknownName, check_call, guarded  # noqa: E402 (it imports Jinja)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from jinja2 import nodes

    from tutor.config.resolve import Resolver
    from tutor.core.hooks import Filter
    from tutor.env.reads import Watch
    from tutor.env.sources import Sources


def _release() -> str:
    """What identifies the release of Jinja: asking for its version would import all of it."""
    compiler = os.path.join(os.path.dirname(jinja2_environment.__file__), "compiler.py")
    found = os.stat(compiler)
    return f"{compiler} {found.st_size} {found.st_mtime_ns}"


class SettingsContext(Context):
    """A template's names: its own variables first, then settings, then what the core and plugins add.

    Plugins may add a variable that has the name of a setting. The setting counts: published plugins were
    written for a renderer that is handed the settings with each template.
    """

    def resolve_or_missing(self, key: str) -> Any:
        """The value of a name, or Jinja's mark for a missing one."""
        if key in self.vars:
            return self.vars[key]
        environment: SettingsEnvironment = self.environment  # type: ignore[assignment]  # ours, below
        if key not in self.parent:
            return environment.settings.get(key, missing)
        value = self.parent[key]
        if environment.globals.get(key, missing) is not value:
            return value  # another template's variable
        if key in environment.settings:
            return environment.settings[key]
        of_core = environment.core_globals.get(key, missing) is value
        environment.watch.note_global(key, of_core=of_core)
        return value

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 (as Jinja has it: any name may be an argument's)
        """Call a function for a template."""
        check_call(__obj, args, kwargs)
        return super().call(__obj, *args, **kwargs)


class SourcesLoader:
    """Finds a template in the one of many folders that has it, and reads it once.

    What Jinja asks of a loader, without its module of loaders: that imports OpenSSL.
    """

    has_source_access = True

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.searchpath = list(sources.roots)

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002 (Jinja's signature)
        """The template, its path, and whether it is still the same.

        Raises:
            TemplateNotFound: no folder has it.
        """
        pieces = _pieces(template)
        name = "/".join(pieces)
        root = self.sources.find(name)
        if root is None:  # or has it come since they were listed?
            places = (root for root in self.searchpath if os.path.isfile(os.path.join(root, *pieces)))
            root = next(places, None)
        if root is None:
            raise TemplateNotFound(template)
        path = os.path.normpath(os.path.join(root, *pieces))
        return self.sources.read(path).decode(), path, self.sources.is_same(name, path)

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:  # noqa: A002 (Jinja's name)
        """The compiled template."""
        source, path, is_current = self.get_source(environment, name)
        code = environment.compile(source, name, path)
        return environment.template_class.from_code(environment, code, globals or {}, is_current)

    def list_templates(self) -> list[str]:
        """The names of all templates."""
        return sorted({name for root in dict.fromkeys(self.searchpath) for name in self.sources.names(root)})


def _pieces(template: str) -> list[str]:
    """The folders and the file in the name of a template.

    Raises:
        TemplateNotFound: it would lead out of the folders of templates.
    """
    pieces = template.split("/")
    if any(os.sep in piece or piece == os.path.pardir for piece in pieces):
        raise TemplateNotFound(template)
    return [piece for piece in pieces if piece not in ("", ".")]


class FreshTemplate(Template):
    """Makes its macros anew for each template that imports them: what they read belongs to that one."""

    _module: Any

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        self._module = None
        return super()._get_default_module(ctx)


class SettingsEnvironment(Environment):
    """Jinja with strict undefined names and our filters and globals.

    Args:
        sources: the files of the template roots.
        watch: notes what templates read.
    """

    context_class = SettingsContext
    code_generator_class: Any = called_later("tutor.env.generator", "RuntimeGenerator")
    template_class = FreshTemplate
    settings: Resolver

    def __init__(self, sources: Sources, watch: Watch) -> None:
        super().__init__(
            loader=SourcesLoader(sources),  # type: ignore[arg-type]  # what Jinja asks of one
            undefined=UnknownName,
            autoescape=False,
            cache_size=-1,
            optimized=False,
        )
        self.roots = sources.roots
        #: Templates that were compiled because they were not kept.
        self.compiled = 0
        self._kept = cache.user_folder("templates")
        self._functions: tuple[int, ...] = ()
        self._signature = ""
        # As itself, not as a pair of surrogates, which YAML does not read as JSON does.
        self.policies["json.dumps_kwargs"] = {"sort_keys": True, "ensure_ascii": False}
        self.watch = watch
        self.filters["walk_templates"] = self.walk_templates
        given = Filters.ENV_TEMPLATE_FILTERS.collect()
        self.filters.update(name_and_filter for name_and_filter, origin in given if origin == CORE)
        self.filters = WatchedFilters(watch, self.filters)
        self.filters.update(name_and_filter for name_and_filter, origin in given if origin != CORE)
        tests: dict[str, Any] = {**self.tests}
        self.tests = {name: guarded(name, test) for name, test in tests.items()}
        self.globals.update(
            compose_additions=self.compose_additions,
            default_limit=self._default_limit,
            default_workers=self._default_workers,
            iter_values_named=self.iter_values_named,
            resources=self.resources,
            rsa_import_key=rsa_import_key,
        )
        self.core_globals = dict(self.globals)
        for (name, value), origin in Filters.ENV_TEMPLATE_VARIABLES.collect():
            self.globals[name] = value
            if origin == CORE:
                self.globals[name] = self.core_globals[name] = self._watched(name, value)
            else:
                watch.note_shared(value)

    def _watched(self, name: str, value: Any) -> Any:
        """A variable of the core; one that looks at folders says so: what it gives cannot be noted."""
        if functions.LOOKING.get(name) is not value:
            return value

        def looking(user_mounts: list[str], *names: str) -> Iterator[str]:
            if user_mounts:
                self.watch.now.unknown = True
            return iter(functions.LOOKING[name](user_mounts, *names))

        return looking

    def _load_template(self, name: str, globals: Any) -> Template:  # noqa: A002 (Jinja's name)
        read = name if ".." in name else "/".join(_pieces(name))
        self.watch.now.templates.add(read)
        return super()._load_template(name, globals)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute. By way of those that are not public, a template can read whatever there is."""
        if attribute.startswith("_") or (attribute.startswith("format") and "._" in str(obj)):
            self.watch.now.unknown = True
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item, or an attribute of that name."""
        if isinstance(argument, str) and argument.startswith("_"):
            self.watch.now.unknown = True
        return super().getitem(obj, argument)

    def compile(  # type: ignore[override]  # of its forms, the one that is used
        self, source: str | nodes.Template, name: str | None = None, filename: str | None = None, **how: Any
    ) -> Any:
        """Compile a template, or take what it was compiled to before."""
        if not isinstance(source, str) or how or self.extensions:
            return self._compile_anew(source, name, filename, **how)
        if self._kept is None:
            return self._code(source, name, filename)
        key = cache.digest(self._compiler(), repr(name), repr(filename), source).hex()
        path = os.path.join(self._kept, key)
        code: CodeType | None = cache.read(path)
        if code is None:
            code = self._code(source, name, filename)
            cache.write(path, code)
            if self.compiled == 1:
                cache.tidy(self._kept)
        return code

    def _code(self, source: str, name: str | None, filename: str | None) -> CodeType:
        """Compile a template that is not kept; those of ours may have been, when our package was built."""
        from tutor.env import shipped

        code = shipped.code(self, name, source, filename)
        if code is None:
            code = self._compile_anew(source, name, filename)
        else:
            self.compiled += 1
        return code

    def _compile_anew(self, source: Any, *args: Any, **how: Any) -> Any:
        self.compiled += 1
        with warnings.catch_warnings():
            # A backslash too few in a plugin's template is not for users to read about.
            warnings.filterwarnings("ignore", message="invalid escape sequence|.*invalid escape sequence")
            return super().compile(source, *args, **how)

    def _compiler(self) -> str:
        """What compiling depends on besides the source: how filters want to be called."""
        functions = {**self.filters, **self.tests}
        now = tuple(map(id, functions.values()))
        if now != self._functions:  # plugins add some
            known = sorted((name, repr(getattr(f, "jinja_pass_arg", None))) for name, f in functions.items())
            self._functions, self._signature = now, f"{_release()} {known}"
        return self._signature

    def walk_templates(self, subdir: str) -> Iterator[str]:
        """Yield the names of templates that start with this and become files, those of all roots, sorted."""
        is_left_out = left_out()
        found = set()
        for root in self.roots:
            for folder, _, files in os.walk(os.path.join(root, os.path.dirname(subdir))):
                for file in files:
                    name = os.path.relpath(os.path.join(folder, file), root).replace(os.sep, "/")
                    if name.startswith(subdir) and not is_left_out(name):
                        found.add(name)
        yield from sorted(found)

    def iter_values_named(
        self, prefix: str | None = None, suffix: str | None = None, allow_empty: bool = False
    ) -> Iterator[Any]:
        """Yield the values of settings by what their names start and end with."""
        for name in list(self.settings):
            if name.startswith(prefix or "") and name.endswith(suffix or ""):
                value = self.settings[name]
                if value or allow_empty:
                    yield value

    def compose_additions(self, name: str) -> str:
        """What plugins lay over Compose files, by the hook's name.

        Raises:
            PluginError: a plugin gives something else than a mapping.
        """
        from tutor import serialize

        self.watch.now.unknown = True
        hook: Filter[dict[str, Any], []] = getattr(Filters, name)
        found = hook.apply({"services": {}})
        return serialize.dumps(found)

    def resources(self, service: str) -> sizes.Resources:
        """Memory and CPU of a service, as keys of Compose or Kubernetes."""
        return sizes.resources(service, self.settings.__getitem__)

    def _default_limit(self, service: str, kind: str) -> str:
        return sizes.default_limit(self.settings["PLATFORM_SIZE"], service, kind)

    def _default_workers(self) -> int:
        return sizes.SIZES[self.settings["PLATFORM_SIZE"]].workers
