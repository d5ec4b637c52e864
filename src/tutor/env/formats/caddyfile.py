"""Caddyfiles: what Caddy itself would refuse, as far as it can be told without its modules.

Names are those of Caddy 2.11: https://caddyserver.com/docs/caddyfile/directives and …/options.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutor.config.userfile import nearest
from tutor.env.formats.caddy_words import Refused, Statement, statements_of
from tutor.env.formats.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

DIRECTIVES = frozenset(
    [
        "abort",
        "acme_server",
        "basic_auth",
        "basicauth",
        "bind",
        "copy_response",
        "copy_response_headers",
        "encode",
        "error",
        "file_server",
        "forward_auth",
        "fs",
        "handle",
        "handle_errors",
        "handle_path",
        "header",
        "import",
        "intercept",
        "invoke",
        "log",
        "log_append",
        "log_name",
        "log_skip",
        "map",
        "method",
        "metrics",
        "php_fastcgi",
        "push",
        "redir",
        "request_body",
        "request_header",
        "respond",
        "reverse_proxy",
        "rewrite",
        "root",
        "route",
        "skip_log",
        "templates",
        "tls",
        "tracing",
        "try_files",
        "uri",
        "vars",
    ]
)
OPTIONS = frozenset(
    [
        "acme_ca",
        "acme_ca_root",
        "acme_dns",
        "acme_eab",
        "admin",
        "auto_https",
        "cert_issuer",
        "cert_lifetime",
        "debug",
        "default_bind",
        "default_sni",
        "dns",
        "ech",
        "email",
        "events",
        "fallback_sni",
        "filesystem",
        "grace_period",
        "http_port",
        "https_port",
        "import",
        "key_type",
        "local_certs",
        "log",
        "metrics",
        "ocsp_interval",
        "ocsp_stapling",
        "on_demand_tls",
        "order",
        "persist_config",
        "pki",
        "preferred_chains",
        "renew_interval",
        "renewal_window_ratio",
        "servers",
        "shutdown_delay",
        "skip_install_trust",
        "storage",
        "storage_check",
        "storage_clean_interval",
        "tls_resolvers",
    ]
)
#: Another image of Caddy may have more modules, and so more names.
IMAGE = "DOCKER_IMAGE_CADDY"

# Blocks in which directives stand, and directives in whose block handle_response has directives.
_NESTING = {"handle", "handle_path", "handle_errors", "route"}
_ANSWERING = {"reverse_proxy", "forward_auth", "intercept", "php_fastcgi"}
# The first argument of these is no matcher.
_UNMATCHED = {"import", "log", "bind", "tls", "handle_errors", "handle_path", "invoke", "fs", "log_name"}
# What is only known when a snippet is used, or when Caddy starts.
_LATER = re.compile(r"\{(?:\$|args|block)")
_ARGUMENT = re.compile(r"\{args\[(\d+)\]\}")


def check(text: str) -> list[Fault]:
    """Faults of a Caddyfile: names that Caddy does not have by itself, and the first of all others."""
    try:
        file = _File(text)
    except Refused as error:
        return [error.fault]
    try:
        file.check()
    except Refused as error:
        file.unknown.append(error.fault)
    return file.unknown


@dataclass
class _Scope:
    """What may be named in a block: matchers of the blocks around it, and of its own."""

    matchers: dict[str, int] = field(default_factory=dict)
    using: tuple[str, ...] = ()

    def inner(self) -> _Scope:
        return _Scope(dict(self.matchers), self.using)


class _File:
    def __init__(self, text: str) -> None:
        self.statements = statements_of(text)
        self.snippets: dict[str, Statement] = {}
        self.routes: dict[str, int] = {}
        self.sites: dict[str, int] = {}
        self.invoked: list[tuple[str, int]] = []
        self.unknown: list[Fault] = []

    def check(self) -> None:
        for statement in self.statements:
            self._check_top(statement, ())
        for name, line in self.invoked:
            if name not in self.routes:
                raise Refused(f"the route {name} is not declared: &({name})", line)

    def _check_top(self, statement: Statement, using: tuple[str, ...]) -> None:
        name, body = statement.name, statement.body
        if not statement.words:
            self._check_options(statement)
        elif name == "import":
            imported, using = self._imported(statement, using)
            for inner in imported:
                self._check_top(inner, using)
        elif len(statement.words) == 1 and name.startswith("(") and name.endswith(")"):
            if name in self.snippets:
                raise Refused(
                    f"the snippet {name} is declared twice", statement.line, self.snippets[name].line
                )
            self.snippets[name] = statement
        elif len(statement.words) == 1 and name.startswith("&("):
            route = name[2:-1]
            if route in self.routes:
                raise Refused(f"the route {route} is declared twice", statement.line, self.routes[route])
            self.routes[route] = statement.line
            self._check_directives(body or (), _Scope(using=using))
        else:
            self._check_addresses(statement)
            self._check_directives(body or (), _Scope(using=using))

    def _check_options(self, statement: Statement) -> None:
        before = [other for other in self.statements if other.line < statement.line]
        if any(not other.name.startswith("(") for other in before):
            raise Refused("the block of global options is not the first one of the file", statement.line)
        for option in self._expanded(statement.body or (), ()):
            if option.name not in OPTIONS and not _LATER.search(option.name):
                self._add_unknown("global option", option, OPTIONS)

    def _add_unknown(self, kind: str, statement: Statement, known: Iterable[str]) -> None:
        near = nearest(statement.name, known)
        hint = f"; did you mean {near}?" if near else ""
        message = f"Caddy has no {kind} {statement.name}{hint}"
        self.unknown.append(Fault(message, statement.line, unless=IMAGE))

    def _check_addresses(self, statement: Statement) -> None:
        for word in statement.words:
            address = word.text.rstrip(",")
            if word.text.startswith("@"):
                raise Refused(f"the matcher {address} stands outside of a site", word.line)
            if address in DIRECTIVES:
                raise Refused(f"the directive {address} stands outside of a site", word.line)
            if address in ("{}", "}") or address.startswith("("):
                raise Refused(f"{address} is no address of a site", word.line)
            scheme, found, _ = address.partition("://")
            if found and scheme not in ("http", "https") and not _LATER.search(scheme):
                raise Refused(f"a site cannot be served by {scheme}://", word.line)
            port = re.search(r":(\d+)$", address)
            if port and int(port[1]) > 65535:
                raise Refused(f"{port[1]} is no port", word.line)
            if address in self.sites:
                raise Refused(f"the site {address} is declared twice", word.line, self.sites[address])
            self.sites[address] = word.line

    def _check_directives(self, body: Iterable[Statement], scope: _Scope) -> None:
        """A site, or a block of directives in one; its matchers may stand after what uses them."""
        statements = list(self._expanded(body, scope.using))
        own: dict[str, int] = {}
        for statement in statements:
            if statement.name.startswith("@"):
                if statement.name in own:
                    message = f"the matcher {statement.name} is declared twice"
                    raise Refused(message, statement.line, own[statement.name])
                own[statement.name] = statement.line
        scope = _Scope({**scope.matchers, **own}, scope.using)
        for statement in statements:
            if not statement.name.startswith("@"):
                self._check_directive(statement, scope)

    def _check_directive(self, statement: Statement, scope: _Scope) -> None:
        name, arguments = statement.name, statement.arguments
        if _LATER.search(name):
            return
        if name not in DIRECTIVES:
            self._add_unknown("directive", statement, DIRECTIVES)
            return
        first = arguments[0] if arguments else ""
        if name == "invoke":
            route = arguments[-1] if arguments else ""
            self.invoked.append((route, statement.line))
        if first.startswith("@") and name not in _UNMATCHED and not _LATER.search(first):
            self._check_matcher(first, statement, scope)
        if name == "handle_path" and first and not first.startswith(("/", "{")):
            raise Refused(f"handle_path takes a path that begins with /, not {first}", statement.line)
        if name in _NESTING:
            self._check_directives(statement.body or (), scope)
        elif name in _ANSWERING:
            self._check_answers(statement, scope)

    def _check_answers(self, statement: Statement, scope: _Scope) -> None:
        """The blocks ``handle_response`` of a proxy, whose matchers are about the answer."""
        inside = list(self._expanded(statement.body or (), scope.using))
        own = _Scope({inner.name: inner.line for inner in inside if inner.name.startswith("@")})
        for inner in inside:
            if inner.name not in ("handle_response", "replace_status"):
                continue
            if inner.arguments and inner.arguments[0].startswith("@"):
                self._check_matcher(inner.arguments[0], inner, own)
            if inner.name == "handle_response":
                self._check_directives(inner.body or (), scope)

    @staticmethod
    def _check_matcher(name: str, statement: Statement, scope: _Scope) -> None:
        if name not in scope.matchers:
            near = nearest(name, scope.matchers)
            hint = f"; did you mean {near}?" if near else ""
            raise Refused(f"the matcher {name} is not declared{hint}", statement.line)

    def _expanded(self, body: Iterable[Statement], using: tuple[str, ...]) -> Iterable[Statement]:
        """Statements with what they import in its place."""
        for statement in body:
            if statement.name == "import":
                imported, inner = self._imported(statement, using)
                yield from self._expanded(imported, inner)
            else:
                yield statement

    def _imported(
        self, statement: Statement, using: tuple[str, ...]
    ) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
        """What an import brings: nothing that can be judged here where it is a file."""
        if not statement.arguments:
            raise Refused("import needs a snippet or a file", statement.line)
        name = statement.arguments[0]
        snippet = self.snippets.get(f"({name})")
        if snippet is None:
            if re.search(r"[/.*?{]", name):
                return (), using
            near = nearest(name, [known[1:-1] for known in self.snippets])
            hint = f"; did you mean {near}?" if near else ""
            raise Refused(f"the snippet {name} is not declared before it is imported{hint}", statement.line)
        if name in using:
            raise Refused(f"the snippet {name} imports itself", statement.line)
        self._check_arguments(statement, snippet)
        return snippet.body or (), (*using, name)

    @staticmethod
    def _check_arguments(statement: Statement, snippet: Statement) -> None:
        given = len(statement.arguments) - 1
        for word in _words(snippet):
            for number in _ARGUMENT.findall(word):
                if int(number) >= given:
                    name, needed = statement.arguments[0], int(number) + 1
                    message = f"the snippet {name} needs at least {needed} arguments, and gets {given}"
                    raise Refused(message, statement.line, snippet.line)


def _words(statement: Statement) -> Iterable[str]:
    for inner in statement.body or ():
        yield from (word.text for word in inner.words)
        yield from _words(inner)
