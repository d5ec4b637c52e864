"""NX-27017 with what Open edX asks of MongoDB and SQLite has no room for.

- Names of collections may have dots, as `modulestore.structures` has: inside they have another name.
- Files of GridFS are plain collections, so that what is put into them comes out again.
- A document may be the identity of another: inside it is a text, with a copy that can be searched.
- Object ids are texts inside: they are compared rightly wherever they stand.
- Python does what SQLite would do with other types: true is true, and not 1.
"""

import sys

from bson import BSON, ObjectId
from neosqlite.collection.query_helper import set_force_fallback
from nx_27017 import handler

DOT, END = "__dot__", "__end"  # what ends like a file of GridFS is treated as one
#: Begins an identity that is a document.
PREFIX = "document of bson: "
#: Begins an object id.
OBJECT = "object id of bson: "
#: Fields that hold identities → where the copy of one that is a document stands.
COPIES = {"_id": "__id", "files_id": "__files_id"}
#: Commands whose value is the name of a collection.
NAMING = {
    "aggregate",
    "collMod",
    "collStats",
    "count",
    "create",
    "createIndexes",
    "delete",
    "distinct",
    "drop",
    "dropIndexes",
    "find",
    "findAndModify",
    "findandmodify",
    "insert",
    "listIndexes",
    "update",
    "validate",
}
#: Fields of commands, and of the statements in them, that are filters.
FILTERS = ("filter", "query", "q")


def inner_name(name):
    return name.replace(".", DOT) + END if isinstance(name, str) and "." in name else name


def outer_name(name):
    return name.replace(DOT, ".").removesuffix(END) if isinstance(name, str) else name


def identity(value):
    """An identity as SQLite can keep it."""
    if isinstance(value, dict) and not any(key.startswith("$") for key in value):
        return PREFIX + BSON.encode(value).hex()
    if isinstance(value, dict):
        return {key: identity(v) for key, v in value.items()}
    return [identity(v) for v in value] if isinstance(value, list) else value


def inner_document(document):
    """A document that is written."""
    found = dict(document)
    for field, copy in COPIES.items():
        if isinstance(document.get(field), dict):
            found |= {field: identity(document[field]), copy: document[field]}
    return found


def outer_document(document):
    """A document that is read."""
    found = dict(document)
    for field, copy in COPIES.items():
        if copy in found:
            found[field] = found.pop(copy)
    return found


def inner_filter(rules):
    """A filter, also one below $and and its like."""
    if isinstance(rules, list):
        return [inner_filter(each) for each in rules]
    if not isinstance(rules, dict):
        return rules
    found = {}
    for key, value in rules.items():
        field, dot, rest = key.partition(".")
        if field in COPIES:
            found[f"{COPIES[field]}.{rest}" if dot else field] = value if dot else identity(value)
        else:
            found[key] = inner_filter(value) if key in ("$and", "$or", "$nor") else value
            if value is None:
                found[key] = {"$in": [None]}
    return found


def inner_command(command):
    """A command, or a statement in one."""
    found = {}
    for key, value in command.items():
        if key in NAMING:
            value = inner_name(value)
        elif key in FILTERS:
            value = inner_filter(value)
        elif key in ("updates", "deletes"):
            value = [inner_command(statement) for statement in value]
        elif key == "documents":
            value = [inner_document(document) for document in value]
        elif key in ("u", "update") and isinstance(value, dict):
            value = inner_document(value)
        elif key == "pipeline":
            value = [{k: inner_filter(v) if k == "$match" else v for k, v in stage.items()} for stage in value]
        elif key == "collection":  # of getMore
            value = inner_name(value)
        found[key] = value
    return found


def inner_values(value):
    """Any value, as it is kept."""
    if isinstance(value, ObjectId):
        return f"{OBJECT}{value}"
    if isinstance(value, dict):
        return {key: inner_values(v) for key, v in value.items()}
    return [inner_values(v) for v in value] if isinstance(value, list) else value


def outer_values(value):
    """Any value, as it was given."""
    if isinstance(value, str) and value.startswith(OBJECT):
        return ObjectId(value[len(OBJECT) :])
    if isinstance(value, dict):
        return {key: outer_values(v) for key, v in value.items()}
    return [outer_values(v) for v in value] if isinstance(value, list) else value


def inner_message(message):
    sections = []
    for kind, content in message["sections"]:
        content = inner_values(content)
        if kind == "payload_docs":
            content = [inner_document(document) for document in content]
        elif isinstance(content, dict):
            content = inner_command(content)
        sections.append((kind, content))
    return {**message, "sections": sections}


def outer_answer(answer):
    request, document = answer
    document = outer_values(document)
    cursor = document.get("cursor") if isinstance(document, dict) else None
    if isinstance(cursor, dict):
        cursor["ns"] = outer_name(cursor.get("ns"))
        for batch in ("firstBatch", "nextBatch"):
            if batch in cursor:
                cursor[batch] = [outer_row(row) for row in cursor[batch]]
    if isinstance(document, dict) and isinstance(document.get("value"), dict):
        document["value"] = outer_document(document["value"])
    return request, document


def outer_row(row):
    """A document, or the description of a collection."""
    row = outer_document(row)
    described = isinstance(row.get("name"), str) and DOT in row["name"]
    return {**row, "name": outer_name(row["name"])} if described else row


def wrapped(method):
    def call(self, message):
        return outer_answer(method(self, inner_message(message)))

    return call


def install():
    set_force_fallback(True)
    found = handler.NeoSQLiteHandler
    found.handle_insert = wrapped(found.handle_insert)
    found.handle_command = wrapped(found.handle_command)


if __name__ == "__main__":
    install()
    import runpy

    sys.argv[0] = "nx_27017"
    runpy.run_module("nx_27017.nx_27017", run_name="__main__")
