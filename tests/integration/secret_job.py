"""Started by test_secrets.py: jobs with a marked secret, and all that they show, into a folder."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from flink_job import Job, eventually, local_environment, numbers
from py4j.protocol import Py4JJavaError

from pyflink_dynamodb import DynamoDbSink, RejectionPolicy
from pyflink_dynamodb.table import dynamodb_table, table_environment

# What a person can ask for of a job, and of the cluster.
REST = ["", "/config", "/plan", "/exceptions", "/checkpoints", "/checkpoints/config", "/metrics"]


def main(folder: Path, table: str, properties: dict[str, str], refusing: str) -> None:
    """Show everything once; files in `folder` are what the test reads."""
    logging.basicConfig(filename=folder / "python.log", level=logging.DEBUG)
    described = dynamodb_table(table).schema({"pk": "STRING"}, ["pk"])
    for name, text in properties.items():
        described = described.option(name, text)
    show_job(folder, table, properties, described)
    show_sql(folder, described)
    failures = [
        *failing_jobs(folder, table, properties, refusing),
        wrong_properties(table, properties),
        wrong_option(folder, described.option("sink.batch.max-size", "none")),
    ]
    (folder / "failures.txt").write_text("\n\n=====\n\n".join(failures))


def show_job(folder: Path, table: str, properties: dict[str, str], described: Any) -> None:
    builder = DynamoDbSink.builder().set_table_name(table).set_dynamodb_properties(properties)
    letters = RejectionPolicy.dead_letter(str(folder / "letters"))
    sink = DynamoDbSink(table_name=table, dynamodb_properties=properties, rejection_policy=letters)
    shown = [repr(builder), repr(sink), str(sink), repr(sink._config), repr(described)]
    (folder / "repr.txt").write_text("\n".join(shown))

    kept = {"execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION"}
    env = local_environment(folder, "process", 200, 0, kept)
    stream = numbers(env, folder, 500, per_second=25)
    records = stream.map(lambda n: {"pk": n} if int(n) % 10 else {"no key": n})
    records.sink_to(sink).name("sink")
    graph = env._j_stream_execution_environment.getStreamGraph(False)  # kept for the job
    (folder / "plan.json").write_text(graph.getStreamingPlanAsJSON())
    job = Job(env)
    eventually(lambda: job.completed_checkpoints() > 2, "checkpoints")
    answers = {path: job.rest(path) for path in REST}
    for vertex in answers[""]["vertices"]:
        for path in ("", "/accumulators", "/subtasks/metrics", "/taskmanagers"):
            answers[vertex["id"] + path] = job.rest(f"/vertices/{vertex['id']}{path}")
    cluster = job._url.partition("/jobs/")[0]
    for path in ("/jobmanager/config", "/taskmanagers", "/config", "/overview"):
        with urlopen(cluster + path, timeout=10) as answer:
            answers[path] = json.load(answer)
    (folder / "rest.json").write_text(json.dumps(answers))
    job.savepoint(folder / "savepoints")
    job.end()


def show_sql(folder: Path, described: Any) -> None:
    t_env = table_environment(local_environment(folder, "process", 0, 0, {}))
    t_env.execute_sql(described.ddl("orders", temporary=True))
    with t_env.execute_sql(
        "EXPLAIN ESTIMATED_COST, CHANGELOG_MODE, JSON_EXECUTION_PLAN"
        " INSERT INTO orders VALUES ('sql')"
    ).collect() as rows:
        (folder / "explain.txt").write_text("\n".join(str(row) for row in rows))


def failing_jobs(
    folder: Path, table: str, properties: dict[str, str], refusing: str
) -> Iterator[str]:
    wrong = {**properties, "aws.endpoint": refusing}
    for name, given in ((table, wrong), ("absent", properties)):
        env = local_environment(folder, "process", 0, 0, {})
        sink = DynamoDbSink(table_name=name, dynamodb_properties=given)
        env.from_collection([{"pk": "a"}]).sink_to(sink)
        try:
            env.execute()
        except Py4JJavaError as error:
            yield str(error)


def wrong_properties(table: str, properties: dict[str, str]) -> str:
    broken = {**properties, "aws.credentials.provider": "PROFILES", "aws.regoin": "x"}
    try:
        DynamoDbSink(table_name=table, dynamodb_properties=broken)
    except ValueError as error:
        return f"{error}\n{error!r}"
    return ""


def wrong_option(folder: Path, described: Any) -> str:
    t_env = table_environment(local_environment(folder, "process", 0, 0, {}))
    t_env.execute_sql(described.ddl("bad", temporary=True))
    try:
        t_env.execute_sql("INSERT INTO bad VALUES ('a')")
    except Py4JJavaError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.stdin.readline()), sys.argv[3])
