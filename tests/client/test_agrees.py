"""The client asks for nothing that the OpenAPI does not have, and reads what it says it answers."""

import inspect
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from app.export import rules as exports
from app.main import create_app
from app.settings import Settings
from condyle_client import operations
from condyle_client.answers import Label
from condyle_client.operations import API, Operation

OPERATIONS = {name: each for name, each in vars(operations).items() if isinstance(each, Operation)}
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
Schema = Mapping[str, Any]


@cache
def document() -> Schema:
    """The OpenAPI of this release."""
    return create_app(Settings(home=Settings().home)).openapi()


def resolved(schema: Schema) -> Schema:
    """A schema without its reference."""
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def alternatives(schema: Schema) -> Iterator[Schema]:
    """The kinds of value that a schema has, one by one."""
    schema = resolved(schema)
    several = schema.get("anyOf") or schema.get("oneOf")
    if several is None:
        yield schema
    for each in several or ():
        yield from alternatives(each)


def members(kind: Any) -> tuple[Any, ...]:
    """The kinds of value that a type has."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def reads(kind: Any, schema: Schema) -> bool:
    """Whether whatever a schema allows can be read as a type."""
    return all(
        any(fits(one, each, reads) for one in members(kind)) for each in alternatives(schema)
    )


def sends(kind: Any, schema: Schema) -> bool:
    """Whether whatever a type holds is allowed by a schema."""
    return all(
        any(fits(one, each, sends) for each in alternatives(schema)) for one in members(kind)
    )


def fits(kind: Any, schema: Schema, way: Any) -> bool:
    """Whether one kind of value is one kind of value of a schema."""
    origin, of = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin is Literal:
        allowed = {schema["const"]} if "const" in schema else set(schema.get("enum", ()))
        return bool(allowed) and (allowed <= set(of) if way is reads else set(of) <= allowed)
    if is_dataclass(kind) or typing.is_typeddict(kind):
        return schema.get("type") == "object" and not lacking(kind, schema, way)
    if origin in (list, Sequence, tuple):
        return schema.get("type") == "array" and elements_fit(kind, schema, way)
    if origin is Mapping:
        return schema.get("type") == "object" and values_fit(of[1], schema, way)
    if kind is datetime:
        return schema.get("format") == "date-time"
    if kind is float and schema.get("type") == "integer":
        return way is reads
    return schema.get("type") == PLAIN[kind] and schema.get("format") in (None, "binary")


def elements_fit(kind: Any, schema: Schema, way: Any) -> bool:
    of = get_args(kind)
    if get_origin(kind) is not tuple:
        return bool(way(of[0], schema["items"]))
    places = schema["prefixItems"]
    return len(places) == len(of) and all(map(way, of, places))


def values_fit(kind: Any, schema: Schema, way: Any) -> bool:
    """A mapping reads an object of any fields as well as one whose fields are not named."""
    of = schema.get("additionalProperties", True)
    return isinstance(of, bool) or kind is Any or bool(way(kind, of))


def lacking(kind: Any, schema: Schema, way: Any) -> list[str]:
    """The fields in which a record and an object of the OpenAPI differ."""
    known, required = schema.get("properties", {}), set(schema.get("required", ()))
    hints = get_type_hints(kind)
    wrong = [name for name in hints if name not in known or not way(hints[name], known[name])]
    if is_dataclass(kind):
        always = {each.name for each in fields(kind) if each.default is MISSING}
        always -= {each.name for each in fields(kind) if each.default_factory is not MISSING}
        # What has a default in the schema is always answered, too.
        sure = required | {name for name in known if "default" in known[name]}
        return [*wrong, *(always - sure)]
    return [*wrong, *(required - set(kind.__required_keys__))]


def operation_of(one: Operation[Any]) -> Schema:
    return document()["paths"][API + one.path][one.method.lower()]


def answer_of(one: Operation[Any]) -> Schema | None:
    """What the OpenAPI says of a success; None where nothing comes back."""
    (success,) = (each for status, each in operation_of(one)["responses"].items() if status < "300")
    content = success.get("content", {}).get("application/json")
    return content and content["schema"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_one_of_the_openapi(name: str) -> None:
    one = OPERATIONS[name]
    known = operation_of(one)
    parameters = {each["name"]: each for each in known.get("parameters", ())}
    in_path = {name for name, each in parameters.items() if each["in"] == "path"}
    assert in_path == {part[1:-1] for part in one.path.split("/") if part.startswith("{")}
    asked = get_type_hints(one.query) if one.query else {}
    for field, kind in asked.items():
        assert parameters[field]["in"] == "query"
        assert sends(kind, parameters[field]["schema"]), field
    must = {name for name, each in parameters.items() if each["required"]} - in_path
    assert must <= set(asked)


@pytest.mark.parametrize("name", [name for name, one in OPERATIONS.items() if one.body])
def test_what_is_sent_is_what_the_openapi_takes(name: str) -> None:
    one = OPERATIONS[name]
    body = operation_of(one)["requestBody"]["content"]["application/json"]["schema"]
    if name == "START_RUN":  # its kinds and parameters are the caller's, whole kinds of the schema
        for each in alternatives(body):
            assert {"kind", "parameters"} == set(each["properties"])
        return
    objects = [each for each in alternatives(body) if each.get("type") != "null"]
    assert [lacking(one.body, each, sends) for each in objects] == [[]]


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_answered_is_what_the_client_reads(name: str) -> None:
    one = OPERATIONS[name]
    schema = answer_of(one)
    if one.answer in (NoneType, bytes):
        assert schema is None
        return
    assert schema is not None
    for each in alternatives(schema):
        if is_dataclass(one.answer):
            assert lacking(one.answer, each, reads) == []
        else:
            assert reads(one.answer, each)


def test_a_label_has_the_columns_of_the_table() -> None:
    assert [each.name for each in fields(Label)] == exports.columns("labels")


def test_a_difference_would_be_found() -> None:
    answer = document()["components"]["schemas"]["Version"]
    known = operations.LIST_MODELS
    (version,) = get_args(known.answer)
    assert lacking(version, answer, reads) == []
    without = {**answer, "properties": {**answer["properties"], "id": {"type": "string"}}}
    assert lacking(version, without, reads) == ["id"]
    assert lacking(version, {**answer, "required": []}, reads) != []
    assert "id" in inspect.get_annotations(version)
