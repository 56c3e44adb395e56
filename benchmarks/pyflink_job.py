"""One PyFlink job of the benchmarks, in a process of its own: `python -m benchmarks.pyflink_job`.

Its only argument is a JSON object with the members of `Run` and those of `JobSpec`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
from dataclasses import dataclass
from typing import Any

from benchmarks.plan import BATCH_SIZE, BUFFERED, COMPETITORS, IN_FLIGHT, Run

KEY = "id"
# The same for the jobs without Python. A job is suspended between its turns, without a heartbeat.
FLINK_SETTINGS = {
    "restart-strategy.type": "none",
    "heartbeat.timeout": "86400000",
    "pekko.ask.timeout": "86400 s",
}


@dataclass(frozen=True)
class JobSpec:
    """What a job has to be told.

    Args:
        run: What is measured.
        gate: The folder that starts and stops its source.
        endpoint: URL.
        access_key: For both parts of the credentials.
        table: Its name; the partition key is `id`.
        bench_jar: The benchmarks' own jar.
    """

    run: Run
    gate: str
    endpoint: str
    access_key: str
    table: str
    bench_jar: str

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(dataclasses.asdict(self))

    @staticmethod
    def from_json(text: str) -> JobSpec:
        """From the command line."""
        members = json.loads(text)
        return JobSpec(**{**members, "run": Run(**members["run"])})


def build(spec: JobSpec) -> Any:
    """The environment with the job in it."""
    from pyflink.common import Configuration, WatermarkStrategy
    from pyflink.datastream import StreamExecutionEnvironment
    from pyflink.datastream.connectors.base import Source
    from pyflink.java_gateway import get_gateway

    from benchmarks.workloads import record_maker

    run = spec.run
    mode = COMPETITORS[run.competitor].mode
    configuration = Configuration()
    configuration.set_string("python.execution-mode", str(mode))
    for name, text in FLINK_SETTINGS.items():
        configuration.set_string(name, text)
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(run.parallelism)
    environment.set_python_executable(sys.executable)
    environment.add_jars(f"file://{spec.bench_jar}")
    bench = get_gateway().jvm.io.github.pyflinkdynamodb.bench
    source = Source(bench.GatedSequence(0, 1 << 50, spec.gate))
    numbers = environment.from_source(source, WatermarkStrategy.no_watermarks(), "numbers")
    make = record_maker(run.workload, run.keys, run.records_per_element)
    attach(spec, numbers.map(make))
    return environment


def attach(spec: JobSpec, records: Any) -> None:
    """Put the competitor's sink behind the records."""
    from pyflink.common import Types
    from pyflink.datastream.connectors.base import Sink
    from pyflink.java_gateway import get_gateway

    from benchmarks.boto3_writers import BatchWriter, ThreadPoolWriter
    from benchmarks.workloads import RECORD_CLASSES
    from pyflink_dynamodb import DataclassElementConverter, DynamoDbSink
    from pyflink_dynamodb.converters import ElementEncoder

    converter: Any = DataclassElementConverter(RECORD_CLASSES[spec.run.workload])
    overwrite_by = [KEY] if spec.run.overwrite else []
    client = {
        "endpoint_url": spec.endpoint,
        "region_name": "us-east-1",
        "aws_access_key_id": spec.access_key,
        "aws_secret_access_key": spec.access_key,
    }
    sink = COMPETITORS[spec.run.competitor].sink
    if sink == "ours":
        records.sink_to(
            DynamoDbSink(
                spec.table,
                dynamodb_properties={
                    "aws.region": "us-east-1",
                    "aws.endpoint": spec.endpoint,
                    "aws.credentials.provider": "BASIC",
                    "aws.credentials.provider.basic.accesskeyid": spec.access_key,
                    "aws.credentials.provider.basic.secretkey": spec.access_key,
                },
                element_converter=converter,
                overwrite_by_partition_keys=tuple(overwrite_by),
                max_batch_size=BATCH_SIZE,
                max_in_flight_requests=IN_FLIGHT,
                max_buffered_requests=BUFFERED,
            )
        )
        return
    if sink == "discard":
        # All but the sink's writer: the converter that the sink would have put there is there.
        left = records.map(
            ElementEncoder(converter, False),
            output_type=Types.PRIMITIVE_ARRAY(Types.BYTE()),
        )
    elif sink == "batch-writer":
        left = records.flat_map(BatchWriter(client, spec.table, overwrite_by))
    else:
        left = records.flat_map(ThreadPoolWriter(client, spec.table))
    discarding = get_gateway().jvm.org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink
    left.sink_to(Sink(discarding()))


def end_with_input() -> None:
    """End when whoever started this job has gone; its JVM and workers end with it."""
    sys.stdin.read()
    os._exit(0)


def main() -> None:
    """Run the job until the standard input ends."""
    threading.Thread(target=end_with_input, daemon=True).start()
    build(JobSpec.from_json(sys.argv[1])).execute("benchmark")


if __name__ == "__main__":
    main()
