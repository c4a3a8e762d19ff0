"""The operation of a call: the one that trying every template would find."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from constructs_lib.events.operations import operations
from constructs_lib.events.path_tree import PathTree

if TYPE_CHECKING:
    from constructs_lib.events.operation import Operation

# Templates that are ambiguous in each way: the catalog has a single such pair.
CROSSED = tuple(
    dataclasses.replace(operations.auth.create_tenant, path=path)
    for path in ("/a/{x}/c", "/a/b", "/a/{x}/{y}", "/{z}/b/d", "/{z}/{x}/{y}/e", "/a/b/{y}/f", "/{z}/b")
)
SEGMENTS = ("a", "b", "c", "d", "e", "f", "q", "", "{}", "{x}")


def by_definition(called: tuple[Operation, ...], uri: str) -> Operation | None:
    """Try each template, the one with the leftmost literals first."""
    given = uri.partition("?")[0].split("/")
    for operation in sorted(called, key=lambda o: [segment.startswith("{") for segment in o.path.split("/")]):
        template = operation.path.split("/")
        if len(template) == len(given) and all(
            expected == segment or (expected.startswith("{") and segment)
            for expected, segment in zip(template, given, strict=True)
        ):
            return operation
    return None


@settings(max_examples=300)
@example([CROSSED[2], CROSSED[3]], ["a", "b", "d"])
@example([CROSSED[3], CROSSED[0], CROSSED[4]], ["a", "", "c"])
@given(st.lists(st.sampled_from(CROSSED), unique_by=id), st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=5))
def test_finds_the_template_with_the_leftmost_literals(called: list[Operation], segments: list[str]) -> None:
    uri = f"/{'/'.join(segments)}"

    assert PathTree(called).find(uri) is by_definition(tuple(called), uri)


@given(st.data())
def test_finds_what_trying_all_of_the_catalog_finds(data: st.DataObject) -> None:
    every = (*operations, *operations.retired)
    literals = sorted({segment for operation in every for segment in operation.path.split("/")} | {"x", "{}"})
    template = data.draw(st.sampled_from(every))
    # Some segments of a real path become others, which are literals elsewhere.
    uri = template.path.split("/")
    for _ in range(data.draw(st.integers(0, 2))):
        uri[data.draw(st.integers(0, len(uri) - 1))] = data.draw(st.sampled_from(literals))
    call = "/".join(uri) + data.draw(st.sampled_from(("", "?a=/b", "/", "/x")))

    of_method = tuple(operation for operation in every if operation.method == template.method)
    assert operations.identify("", template.method, call) is by_definition(of_method, call)
