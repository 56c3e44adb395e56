"""What a stream's records become in the JVM, as far as PyFlink's own classes take part."""

from __future__ import annotations

import pytest
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import _bridge

SCHEMAS = "io.github.pyflinkdynamodb.streams.StreamSchemas"


@pytest.fixture(autouse=True)
def _jar():
    _bridge.attach_jar(StreamExecutionEnvironment.get_execution_environment())


def test_elements_for_python_are_of_the_type_that_pyflink_unpickles():
    """Its class is PyFlink's own and is looked for by name."""
    options = {"kind": "python", "prefix": b"", "suffix": b""}

    schema = _bridge._made_of(SCHEMAS, options, "no schema")

    found = schema.getProducedType().getClass().getName()
    assert found.rpartition(".")[2] == "PickledByteArrayTypeInfo"
