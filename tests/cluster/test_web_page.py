"""What Flink's web page shows of a job; `--job-graph FILE` keeps a picture of it."""

from __future__ import annotations

import html

import pytest
from flink_job import WatchedJob, eventually
from web_page import chromium, page_source, take_picture


def test_the_graph_shows_what_the_operators_are_called(
    cluster, flights_example, dynamodb_local, pytestconfig
) -> None:
    """Each sink by the name given to it, and what encodes its records."""
    if chromium() is None:
        pytest.skip("no chromium on the PATH: apt-get install chromium")
    unchained = "-Dpipeline.operator-chaining.enabled=false"
    arguments = ("-py", flights_example, "--days", "31", "--endpoint-url", dynamodb_local.endpoint)
    with cluster.flink_meanwhile("run", unchained, *arguments):
        (job_id,) = eventually(cluster.running_jobs, "the job", seconds=60)
        job = WatchedJob(cluster.url, job_id)
        eventually(lambda: job.metrics("flights").get("numRecordsSend"), "flights", seconds=60)
        overview = f"{cluster.url}/#/job/running/{job.id}/overview"

        source = html.unescape(page_source(overview))

        picture = pytestconfig.getoption("--job-graph")
        if picture is not None:
            take_picture(overview, picture)
    for name in (
        "Source: flights.jsonl",
        "DynamoDB encoder: JVM RowEncoder",
        "DynamoDB encoder: DefaultElementConverter",
        "flights: Writer",
        "aircraft: Writer",
    ):
        assert name in source
