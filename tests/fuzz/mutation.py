"""Changes to an ONNX model by chance: of single fields, of nodes, of metadata and of bytes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

WHOLE = [*range(-2, 10), 16, 32, 33, 64, 255, 1 << 12, 1 << 16, (1 << 31) - 1, 1 << 31, 1 << 40, 1 << 62, -(1 << 63)]
REAL = [0.0, 1.0, -1.0, 0.5, 1e-45, 3e38, -3e38, float("nan"), float("inf")]
TEXT = ["", "x", "NOTUTF8", "x" * 10_000, "\x1b[2J\n", "имя", "../../etc/passwd", "SAME_UPPER", "images", "-1"]
JSON = [None, True, -1, 0.5, 10**18, 1e300, "", "\ud800", "x" * 20_000, [], {}, [[]], {"": 0}, [1] * 1_000]
ATTRIBUTES = (
    "axis", "axes", "perm", "kernel_shape", "pads", "strides", "dilations", "group", "to", "alpha", "auto_pad", "size",
    "epsilon", "keepdims", "num_groups", "num_outputs", "ceil_mode", "mode", "transB", "allowzero",
)  # fmt: skip


def mutated(model: onnx.ModelProto, random: Random, operators: Sequence[str]) -> bytes:
    """Return the bytes of a copy that was changed in a few places, by nodes of these operators among others."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    kind = random.choice(("fields", "fields", "fields", "node", "node", "many", "metadata", "bytes"))
    if kind == "fields":
        for _ in range(random.randint(1, 3)):
            _change_field(random.choice(list(_messages(copy))), random)
    elif kind == "node":
        for number in range(random.randint(1, 4)):
            _insert_node(copy.graph, random, f"fuzz{number}", operators)
    elif kind == "many":
        _insert_many(copy.graph, random)
    elif kind == "metadata" and copy.metadata_props:
        _change_metadata(copy, random)
    content: bytes = copy.SerializeToString(deterministic=True)
    if kind == "bytes":
        content = _changed_bytes(content, random)
    return content.replace(b"NOTUTF8", b"NOT\xff\xfeF8")


def _messages(message: Any) -> Iterator[Any]:
    yield message
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for one in value if field.is_repeated else [value]:
                yield from _messages(one)


def _change_field(message: Any, random: Random) -> None:
    used = [field for field, _ in message.ListFields()]
    field = random.choice(used if used and random.random() < 0.8 else message.DESCRIPTOR.fields)
    if random.random() < 0.1:
        message.ClearField(field.name)
        return
    try:
        if field.is_repeated:
            _change_list(getattr(message, field.name), field, random)
        elif field.type == field.TYPE_MESSAGE:
            getattr(message, field.name).SetInParent()
        else:
            setattr(message, field.name, _value(field, getattr(message, field.name), random))
    except (ValueError, TypeError):  # a number that this type does not hold
        return


def _change_list(values: Any, field: Any, random: Random) -> None:
    action = random.choice(("remove", "repeat", "swap", "change", "append"))
    place = random.randrange(len(values)) if values else 0
    if action == "remove" and values:
        del values[place]
    elif action == "repeat" and values:
        values.extend([values[place]] * random.choice((1, 2, 40, 3_000)))
    elif action == "swap" and len(values) > 1 and field.type != field.TYPE_MESSAGE:
        other = random.randrange(len(values))
        values[place], values[other] = values[other], values[place]
    elif field.type == field.TYPE_MESSAGE:
        values.add()
    elif action == "change" and values:
        values[place] = _value(field, values[place], random)
    else:
        values.append(_value(field, None, random))


def _value(field: Any, old: Any, random: Random) -> Any:
    if field.type == field.TYPE_STRING:
        return random.choice(TEXT)
    if field.type == field.TYPE_BYTES:
        old = old or b""
        return random.choice((b"", old[: len(old) // 2], old * 2, old[:-1], random.randbytes(len(old) or 8)))
    if field.type in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
        return random.choice(REAL)
    return random.choice(WHOLE)


def _insert_node(graph: Any, random: Random, name: str, operators: Sequence[str]) -> None:
    """Compute one thing more, of what is there and of constants, and have a later node read it."""
    if not graph.node:
        return
    place = random.randrange(len(graph.node))
    known = [value.name for value in graph.input] + [output for node in graph.node[:place] for output in node.output]
    inputs = [random.choice(known or [""])]
    for number in range(random.choice((0, 0, 1, 1, 2, 3, 70))):
        inputs.append(f"{name}/{number}" if random.random() < 0.7 else random.choice(known))
        if inputs[-1].startswith(name):
            graph.initializer.append(numpy_helper.from_array(_array(random), inputs[-1]))
    node = helper.make_node(random.choice(operators), inputs, [name], name=name)
    for attribute in random.sample(ATTRIBUTES, random.randint(0, 3)):
        whole = [random.choice(WHOLE[:20]) for _ in range(random.choice((1, 2, 4)))]
        value = random.choice((whole, whole[0], random.choice(REAL), random.choice(TEXT[:3])))
        node.attribute.append(helper.make_attribute(attribute, value))
    graph.node.insert(place, node)
    reader = random.choice(graph.node[place + 1 :])
    if reader.input and random.random() < 0.8:
        reader.input[random.randrange(len(reader.input))] = name


def _array(random: Random) -> np.ndarray:
    shape = [random.choice((0, 1, 1, 2, 3, 32)) for _ in range(random.randint(0, 4))]
    if random.random() < 0.5:
        return np.array(random.choices(WHOLE, k=random.randint(0, 5)), np.int64)
    return np.full(shape, random.choice(REAL[:4]), random.choice((np.float32, np.float16)))


def _insert_many(graph: Any, random: Random) -> None:
    """Repeat one operator in a chain, up to thousands of times."""
    made = [place for place, node in enumerate(graph.node) if node.output]
    if not made:
        return
    place = random.choice(made)
    node, name = graph.node[place], graph.node[place].output[0]
    extra = random.choice(("Relu", "Exp", "Identity", "Softmax", "Erf", "Neg", "Max", "Concat", node.op_type))
    count = random.choice((2, 30, 300, 900, 3_000))
    chain = [name, *(f"many{number}" for number in range(count))]
    width = random.choice((1, 2, 64, 5_000)) if extra in ("Max", "Concat") and count <= 30 else 1
    nodes = [
        helper.make_node(extra, [before] * width + list(node.input[1:] if extra == node.op_type else []), [after])
        for before, after in itertools.pairwise(chain)
    ]
    for one in nodes:
        if extra == node.op_type:
            one.attribute.extend(node.attribute)
        elif extra == "Concat":
            one.attribute.append(helper.make_attribute("axis", random.choice((0, 1))))
    rest = list(graph.node)
    for reader in rest[place + 1 :]:
        for position, read in enumerate(reader.input):
            if read == name:
                reader.input[position] = chain[-1]
    del graph.node[:]
    graph.node.extend([*rest[: place + 1], *nodes, *rest[place + 1 :]])


def _change_metadata(model: onnx.ModelProto, random: Random) -> None:
    entry = random.choice(model.metadata_props)
    try:
        value = json.loads(entry.value)
    except ValueError:
        return
    entry.value = json.dumps(_changed_json(value, random))


def _changed_json(value: Any, random: Random) -> Any:
    if value and isinstance(value, dict) and random.random() < 0.8:
        key = random.choice(list(value))
        return {**value, key: _changed_json(value[key], random)}
    if value and isinstance(value, list) and random.random() < 0.8:
        place = random.randrange(len(value))
        return [*value[:place], _changed_json(value[place], random), *value[place + 1 :]]
    return random.choice(JSON)


def _changed_bytes(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    # Most of a file are weights; what is around them stands at the beginning and at the end of the graph.
    for _ in range(random.randint(1, 6)):
        place = random.randrange(len(changed))
        action = random.choice(("flip", "insert", "cut", "repeat"))
        if action == "flip":
            changed[place] ^= 1 << random.randrange(8)
        elif action == "insert":
            changed[place:place] = random.randbytes(random.randint(1, 9))
        elif action == "cut":
            del changed[place : place + random.randint(1, 9)]
        else:
            changed[place:place] = changed[place : place + random.randint(1, 200)]
    return bytes(changed)
