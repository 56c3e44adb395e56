"""The only module that touches Py4J."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyflink_dynamodb._jars import bridge_jar
from pyflink_dynamodb._version import __version__
from pyflink_dynamodb.errors import (
    BridgeError,
    InvalidConfigurationError,
    JarNotFoundError,
    TableInitializationError,
    UnsupportedTypeError,
    VersionMismatchError,
)

if TYPE_CHECKING:
    from pyflink.common import TypeInformation
    from pyflink.datastream import DataStream, StreamExecutionEnvironment
    from pyflink.table import StreamTableEnvironment

_SINK_CLASS = "io.github.pyflinkdynamodb.sink.DynamoDbSink"
_STREAMS_SOURCE_CLASS = "io.github.pyflinkdynamodb.streams.DynamoDbStreamsSource"
_CONVERSION_EXCEPTION = "io.github.pyflinkdynamodb.encode.ConversionException"
_TABLE_ROWS_CLASS = "org.apache.flink.table.runtime.typeutils.ExternalTypeInfo"


def attach_jar(env: StreamExecutionEnvironment) -> None:
    """Make the bridge's classes known to this JVM and to the job.

    A jar that is on the class path already (in Flink's lib folder, by `--jarfile`, merged into
    another) is left alone.

    Raises:
        JarNotFoundError: The classes are neither on the class path nor in the package.
        VersionMismatchError: The classes found are of another release.
    """
    found = _sink_class()
    # A class loaded from the package for another job of this process is not in this job yet.
    if found is None or _is_packaged(found):
        jar = bridge_jar().as_uri()
        if jar not in _pipeline_jars(env):
            env.add_jars(jar)
    _check_release()


def attach_jar_to_tables(t_env: StreamTableEnvironment) -> None:
    """Make the bridge's classes known to a table environment that exists, and to its jobs.

    It looks for connectors in the class loader that was the thread's when it was made, and in what
    ADD JAR brought since. `pipeline.jars`, set now, would reach its jobs only.

    Raises:
        JarNotFoundError: The classes are neither on the class path nor in the package.
        VersionMismatchError: The classes found are of another release.
    """
    _require_java()
    found = _sink_class()
    if found is None or _is_packaged(found):
        jar = str(bridge_jar())
        with t_env.execute_sql("SHOW JARS").collect() as jars:
            known = {row[0] for row in jars}
        if jar not in known:
            quoted = jar.replace("'", "''")
            t_env.execute_sql(f"ADD JAR '{quoted}'")
    _check_release()


def _require_java() -> None:
    """Say what is missing before PyFlink fails on a path.

    Raises:
        BridgeError: There is no `java` where PyFlink looks for it.
    """
    from pyflink import java_gateway
    from pyflink.pyflink_gateway_server import find_java_executable

    # With a gateway that runs already, as under `flink run`, no other JVM is started.
    if java_gateway._gateway is not None or "PYFLINK_GATEWAY_PORT" in os.environ:
        return
    java = find_java_executable()
    if shutil.which(java) is None:
        raise BridgeError(
            f"There is no Java: {java!r} cannot be run. Install Java 11 or newer and put it on the "
            "PATH, or set JAVA_HOME."
        )


def create_sink(options: Mapping[str, Any]) -> Any:
    """The Java sink.

    Args:
        options: As `SinkConfig.java_options` gives them.

    Raises:
        InvalidConfigurationError: Java refused the options.
        BridgeError: There is no Java, or the classes could not be loaded or called.
    """
    return _made_of(_SINK_CLASS, options, "The Java sink could not be made.")


def create_streams_source(options: Mapping[str, Any]) -> Any:
    """The Java source of a stream's records.

    Args:
        options: As `DynamoDbStreamsSource` says in its module.

    Raises:
        InvalidConfigurationError: Java refused the options.
        BridgeError: There is no Java, or the classes could not be loaded or called.
    """
    return _made_of(_STREAMS_SOURCE_CLASS, options, "The Java source could not be made.")


def attach_jar_to_caller() -> None:
    """Make the bridge's classes known to the job of the environment whose method is calling.

    `from_source` asks a source for its Java counterpart and does not say for whom, and a source has
    no transformer, as a sink has. Only the environment can add a jar to its job, though, so it is
    looked for where it must be: it is the `self` of a function that waits for this one.

    Raises:
        BridgeError: There is no Java; or no environment is calling, and the classes are not on the
            class path by themselves.
        JarNotFoundError: The classes are neither on the class path nor in the package.
        VersionMismatchError: The classes found are of another release.
    """
    _require_java()
    env = _calling_environment()
    if env is not None:
        attach_jar(env)
        return
    found = _sink_class()
    if found is None or _is_packaged(found):
        raise BridgeError(
            "The connector's jar cannot be added to the job, since this source was not given to "
            "StreamExecutionEnvironment.from_source. Call that, or start Flink with "
            f"`--jarfile {bridge_jar()}`."
        )
    _check_release()


def _calling_environment() -> StreamExecutionEnvironment | None:
    from pyflink.datastream import StreamExecutionEnvironment

    frame = sys._getframe(1)
    while frame is not None:
        caller = frame.f_locals.get("self")
        if isinstance(caller, StreamExecutionEnvironment):
            return caller
        frame = frame.f_back  # type: ignore[assignment]
    return None


def _made_of(class_name: str, options: Mapping[str, Any], failure: str) -> Any:
    """What a Java class's `of(Map)` gives."""
    _require_java()
    from py4j.protocol import Py4JJavaError
    from pyflink.java_gateway import get_gateway

    # A constructor call converts the mapping and what is in it; an array's elements it would not.
    java_options = get_gateway().jvm.java.util.HashMap(dict(options))
    try:
        return _invoke_static("of", ("java.util.Map", java_options), class_name=class_name)
    except Py4JJavaError as error:
        cause = error.java_exception.getCause() or error.java_exception
        if cause.getClass().getName() == "java.lang.IllegalArgumentException":
            raise InvalidConfigurationError([str(cause.getMessage())]) from None
        raise BridgeError(failure) from error


def prepare_table(
    options: Mapping[str, Any],
    env: StreamExecutionEnvironment,
    key_types: Sequence[str | None],
) -> None:
    """Create or replace the table as the init mode says; blocks until it can be written to.

    Args:
        options: As `SinkConfig.java_options` gives them.
        env: Whose graph the sink becomes part of.
        key_types: By key attribute, what the stream's type says; None where it does not.

    Raises:
        InvalidConfigurationError: The table's key is another one, or not fully known, or the mode
            must not be used here.
        TableInitializationError: The service refused, or was not ready in time.
        BridgeError: The classes could not be loaded or called.
    """
    from py4j.protocol import Py4JJavaError
    from pyflink.java_gateway import get_gateway

    sink = create_sink(options)
    found = get_gateway().jvm.java.util.ArrayList(list(key_types))
    try:
        sink.prepareTable(env._j_stream_execution_environment, found)
    except Py4JJavaError as error:
        refused = error.java_exception
        if refused.getClass().getName() == "java.lang.IllegalArgumentException":
            raise InvalidConfigurationError([str(refused.getMessage())]) from None
        if refused.getClass().getName().startswith("io.github.pyflinkdynamodb."):
            raise TableInitializationError(str(refused.getMessage())) from None
        raise BridgeError("The table could not be created or replaced.") from error


def encode_rows(
    options: Mapping[str, Any],
    stream: DataStream,
    field_names: Sequence[str],
    ignore_nulls: bool,
) -> DataStream | None:
    """Put an encoder in front of the sink that needs no Python process.

    Args:
        options: As `SinkConfig.java_options` gives them.
        stream: Whose elements are encoded.
        field_names: Of the rows; none for those of the stream's type.
        ignore_nulls: Leave out attributes that are None, instead of writing NULL.

    Returns:
        The write requests; None where the elements are no rows, or Python is needed to read them.

    Raises:
        UnsupportedTypeError: A row has no names, or a field a type without a rule.
        BridgeError: The classes could not be loaded or called.
    """
    from py4j.protocol import Py4JJavaError
    from pyflink.datastream import DataStream
    from pyflink.java_gateway import get_gateway

    java_stream = stream._j_data_stream
    java_type = java_stream.getType()
    if java_type.getClass().getName() == _TABLE_ROWS_CLASS:
        java_type = stream_type(stream)._type_info.get_java_type_info()
    names = get_gateway().jvm.java.util.ArrayList(list(field_names))
    try:
        encoded = create_sink(options).encodeRows(java_stream, java_type, names, ignore_nulls)
    except Py4JJavaError as error:
        refused = error.java_exception
        if refused.getClass().getName() == _CONVERSION_EXCEPTION:
            raise UnsupportedTypeError(str(refused.problem()), path=str(refused.path())) from None
        raise BridgeError("The encoder of rows could not be made.") from error
    return None if encoded is None else DataStream(encoded)


def hold_deletes(options: Mapping[str, Any], requests: DataStream) -> DataStream:
    """Put behind the encoder what waits for the other half of an update.

    Args:
        options: As `SinkConfig.java_options` gives them.
        requests: What `ElementEncoder` made, given the names of the key.

    Raises:
        BridgeError: The classes could not be loaded or called.
    """
    from py4j.protocol import Py4JJavaError
    from pyflink.datastream import DataStream

    try:
        return DataStream(create_sink(options).holdDeletes(requests._j_data_stream))
    except Py4JJavaError as error:
        raise BridgeError("The operator behind the encoder could not be made.") from error


def stream_type(stream: DataStream) -> TypeInformation:
    """The type of a stream's elements.

    Raises:
        UnsupportedTypeError: A Java type that PyFlink has no counterpart for.
    """
    try:
        return stream.get_type()
    except Exception as error:  # PyFlink raises what it happens to meet
        java_type = stream._j_data_stream.getType().toString()
        raise UnsupportedTypeError(
            f"the stream's type {java_type} is unknown to PyFlink; put a map with a declared "
            "output type in front of the sink"
        ) from error


def _sink_class() -> Any | None:
    """The sink's java.lang.Class where the current class loader finds it, else None."""
    return _class(_SINK_CLASS)


def _class(name: str) -> Any | None:
    from py4j.protocol import Py4JJavaError
    from pyflink.util.java_utils import load_java_class

    try:
        return load_java_class(name)
    except Py4JJavaError as error:
        if error.java_exception.getClass().getName() != "java.lang.ClassNotFoundException":
            raise
        return None


def _is_packaged(java_class: Any) -> bool:
    """Whether a class was loaded from the jar in this package."""
    try:
        return _location(java_class) == bridge_jar().as_uri()
    except JarNotFoundError:
        return False


def _location(java_class: Any) -> str:
    """URL of the jar that a class was loaded from, written as Python writes it."""
    from pathlib import Path
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    url = java_class.getProtectionDomain().getCodeSource().getLocation().toString()
    return Path(url2pathname(urlsplit(url).path)).as_uri()


def _pipeline_jars(env: StreamExecutionEnvironment) -> str:
    """The option `pipeline.jars` as one text; its syntax differs between Flink versions."""
    from pyflink.java_gateway import get_gateway

    config = get_gateway().jvm.org.apache.flink.python.util.PythonConfigUtil.getEnvironmentConfig(
        env._j_stream_execution_environment
    )
    return str(config.getString("pipeline.jars", ""))


def _loaded_class(name: str) -> Any:
    """A class of the bridge; the jar is attached, but perhaps by another thread.

    Py4J gives every Python thread a Java thread, with a context class loader of its own.
    """
    from pyflink.util.java_utils import add_jars_to_context_class_loader

    found = _class(name)
    if found is None:
        add_jars_to_context_class_loader([bridge_jar().as_uri()])
        found = _class(name)
    if found is None:
        raise BridgeError(f"The class {name} cannot be loaded from {bridge_jar()}.")
    return found


def _invoke_static(name: str, *arguments: tuple[str, Any], class_name: str = _SINK_CLASS) -> Any:
    """Call a static method of a class of the bridge; arguments are (Java type, value)."""
    from pyflink.java_gateway import get_gateway
    from pyflink.util.java_utils import load_java_class, to_jarray

    jvm = get_gateway().jvm
    types = to_jarray(jvm.Class, [load_java_class(java_type) for java_type, _ in arguments])
    values = to_jarray(jvm.Object, [value for _, value in arguments])
    return _loaded_class(class_name).getMethod(name, types).invoke(None, values)


def _check_release() -> None:
    release = _invoke_static("version")
    if release != __version__:
        raise VersionMismatchError(
            f"pyflink-dynamodb {__version__} (Python)",
            f"pyflink-dynamodb {release} (jar {_location(_loaded_class(_SINK_CLASS))})",
            "remove the jar from the class path, or install the release it belongs to",
        )
