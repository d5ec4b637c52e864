"""What a search asks of documents: filters, facets and an order, as Meilisearch understands them.

Grammar of filters: https://www.meilisearch.com/docs/learn/filtering_and_sorting/filter_expression_reference
"""

import re
from collections import Counter

TOKEN = re.compile(r"""\s*(?:(>=|<=|!=|=|>|<|\(|\)|\[|\]|,)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s()\[\],=<>!]+))""")
COMPARE = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


class Invalid(ValueError):
    """A filter, a facet or an order that Meilisearch would refuse.

    Args:
        code: its name for the error.
        message: what is wrong.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def values(document, name):
    """What a document has under a name with dots: each element of a list on its own."""
    found = [document]
    for part in name.split("."):
        found = [item[part] for item in found if isinstance(item, dict) and part in item]
        found = [value for item in found for value in (item if isinstance(item, list) else [item])]
    return found


def text(value):
    """A value as it stands in a filter."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def fits(rules, allowed):
    """A test of documents.

    Args:
        rules: an expression, or a list whose members all hold; lists in it are those of which one holds.
        allowed: attributes that may be asked for.

    Raises:
        Invalid: it is no filter.
    """
    if not rules:
        return lambda document: True
    if isinstance(rules, str):
        return Filter(rules, allowed).read()
    tests = [fits(r, allowed) if isinstance(r, str) else any_of([fits(each, allowed) for each in r]) for r in rules]
    return lambda document: all(test(document) for test in tests)


def any_of(tests):
    return lambda document: any(test(document) for test in tests)


class Filter:
    """Reads an expression."""

    def __init__(self, expression, allowed):
        self.allowed = allowed
        self.expression = expression
        self.tokens = []
        position = 0
        while expression[position:].strip():
            match = TOKEN.match(expression, position)
            if match is None:
                raise self.invalid(f"unexpected `{expression[position:].strip()[0]}`")
            sign, double, single, word = match.groups()
            quoted = double if double is not None else single
            if quoted is not None:
                self.tokens.append(("value", re.sub(r"\\(.)", r"\1", quoted)))
            else:
                self.tokens.append(("sign", sign) if sign else ("word", word))
            position = match.end()

    def invalid(self, what):
        return Invalid("invalid_search_filter", f"Invalid filter `{self.expression}`: {what}.")

    def read(self):
        test = self.either()
        if self.tokens:
            raise self.invalid(f"unexpected `{self.tokens[0][1]}`")
        return test

    def next_is(self, *words):
        """Take keywords, if they come next."""
        found = [kind == "word" and token.upper() for kind, token in self.tokens[: len(words)]]
        if found == list(words):
            del self.tokens[: len(words)]
            return True
        return False

    def sign_is(self, sign):
        if self.tokens[:1] == [("sign", sign)]:
            del self.tokens[0]
            return True
        return False

    def value(self):
        if not self.tokens or self.tokens[0][0] == "sign":
            raise self.invalid("a value is missing")
        return self.tokens.pop(0)[1]

    def either(self):
        tests = [self.both()]
        while self.next_is("OR"):
            tests.append(self.both())
        return any_of(tests)

    def both(self):
        tests = [self.single()]
        while self.next_is("AND"):
            tests.append(self.single())
        return lambda document: all(test(document) for test in tests)

    def single(self):
        if self.next_is("NOT"):
            test = self.single()
            return lambda document: not test(document)
        if self.sign_is("("):
            test = self.either()
            if not self.sign_is(")"):
                raise self.invalid("`)` is missing")
            return test
        return self.condition()

    def condition(self):
        name = self.value()
        if not any(name == a or name.startswith(f"{a}.") for a in self.allowed):
            raise self.invalid(f"attribute `{name}` is not filterable")
        if self.next_is("NOT", "EXISTS"):
            return lambda document: not values(document, name)
        if self.next_is("EXISTS"):
            return lambda document: bool(values(document, name))
        if self.next_is("IS", "NOT", "NULL"):
            return lambda document: values(document, name) != [None]
        if self.next_is("IS", "NULL"):
            return lambda document: values(document, name) == [None]
        if self.next_is("NOT", "IN"):
            wanted = self.listed()
            return lambda document: not wanted & {text(v) for v in values(document, name)}
        if self.next_is("IN"):
            wanted = self.listed()
            return lambda document: bool(wanted & {text(v) for v in values(document, name)})
        return self.compared(name)

    def listed(self):
        if not self.sign_is("["):
            raise self.invalid("`[` is missing")
        found = set()
        while not self.sign_is("]"):
            found.add(self.value())
            self.sign_is(",")
        return found

    def compared(self, name):
        kind, sign = self.tokens.pop(0) if self.tokens else ("", "")
        if kind != "sign" or sign not in ("=", "!=", *COMPARE):
            raise self.invalid("an operator is missing")
        wanted = self.value()
        if sign in ("=", "!="):
            same = sign == "="
            return lambda document: (wanted.lower() in [text(v).lower() for v in values(document, name)]) is same
        try:
            number = float(wanted)
        except ValueError:
            raise self.invalid(f"`{wanted}` is no number") from None
        compare = COMPARE[sign]
        return lambda document: any(
            compare(v, number) for v in values(document, name) if isinstance(v, (int, float)) and not isinstance(v, bool)
        )


def facets(hits, names, allowed):
    """How often each value of some attributes is among documents.

    Raises:
        Invalid: an attribute is no facet.
    """
    wanted = list(allowed) if "*" in names else names
    for name in wanted:
        if name not in allowed:
            raise Invalid("invalid_search_facets", f"Invalid facet distribution: attribute `{name}` is not filterable.")
    return {name: dict(Counter(text(v) for document in hits for v in values(document, name))) for name in wanted}


def ordered(hits, rules, allowed):
    """Documents in an order, such as ``["modified:desc"]``; those without the attribute come last.

    Raises:
        Invalid: an attribute is not sortable.
    """
    for rule in reversed(rules or []):
        name, _, direction = rule.rpartition(":")
        if name not in allowed:
            raise Invalid("invalid_search_sort", f"Attribute `{name}` is not sortable.")
        there = [document for document in hits if values(document, name)]
        rest = [document for document in hits if not values(document, name)]
        there.sort(key=lambda d, name=name: (isinstance(values(d, name)[0], str), values(d, name)[0]))
        hits = (there[::-1] if direction == "desc" else there) + rest
    return hits
