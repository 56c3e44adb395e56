"""Jobs submitted with the command `flink` to a session cluster of separate processes."""

from __future__ import annotations

import re

from connections import open_connections
from flink_job import WatchedJob, eventually
from sink_metrics import metric_names_of_the_page, settled
from versions_job import NAME

from pyflink_dynamodb.testing import faults, scan_items

OURS = "io.github.pyflinkdynamodb"
# What a job has: its class loader, and the constants in it, go when Flink and Beam let go of them.
OBJECTS = {
    f"{OURS}.sink.DynamoDbSinkWriter",
    f"{OURS}.sink.WriteBuffer",
    f"{OURS}.shaded.io.netty.channel.nio.NioEventLoop",
}
# Slow enough that every checkpoint finds writes under way or waiting to be sent again.
SLOW = [faults.delay((0.1, 0.4)), faults.throttle(share=0.2), faults.unprocessed(0.1)]
# Some writes are confirmed, and then none.
HELD = [faults.delay((0, 0.05)), faults.throttle(nth=range(12, 1_000_000))]
# Long enough to see the last of the requests that a killed process had under way.
RESTARTS = ("-Drestart-strategy.type=fixed-delay", "-Drestart-strategy.fixed-delay.delay=3s")


def test_the_flights_arrive(cluster, flights_example, dynamodb_local) -> None:
    """The demo, as the README submits it: the role is the cluster's, the tables are as promised."""
    endpoint = dynamodb_local.endpoint
    printed = cluster.flink(
        "run", "-py", flights_example, "--days", "2", "--endpoint-url", endpoint
    )

    rows = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if line.strip()}
    client = dynamodb_local.client()
    flights, aircraft = scan_items(client, "flights"), scan_items(client, "aircraft")
    assert "Every attribute of every item is as it should be." in printed
    # Of Flink's counts the last ones may come too late; then dead letters, found, expected.
    assert rows["flights"][-3:] == ["0", "1,785", "1,785"]
    assert rows["aircraft"][-2:] == [f"{len(aircraft):,}"] * 2
    assert len(flights) == 1_785
    assert len(aircraft) == len({flight.get("tail_number") for flight in flights} - {None})


def test_nothing_is_lost_from_savepoint_to_savepoint(cluster, new_versions) -> None:
    """One that was taken from a running job, another one to stop it; each with unsent writes."""
    taken = 400
    with new_versions(2 * taken + taken // 2, HELD, per_checkpoint=taken) as versions:
        first = versions.submit()
        settled(first, NAME, {"numRecordsIn": taken})
        assert f"{first.id} : {NAME} (RUNNING)" in cluster.flink("list", "--running")
        savepoint = _path_in(cluster.flink("savepoint", first.id))
        cluster.flink("cancel", first.id)

        versions.endpoint.script = HELD
        second = versions.submit("--fromSavepoint", savepoint)
        settled(second, NAME, {"numRecordsIn": taken})
        savepoint = _path_in(cluster.flink("stop", second.id))
        eventually(lambda: second.rest()["state"] == "FINISHED", "the end")

        versions.endpoint.script = SLOW
        third = versions.submit("--fromSavepoint", savepoint)
        eventually(lambda: third.rest()["state"] == "FINISHED", "the end", seconds=90)

        assert versions.judge() == []
        assert versions.run.resumed == {1: 0, 2: taken, 3: 2 * taken}
        assert versions.restored_writes(2) > 0, "the first savepoint held no unsent write"
        assert versions.restored_writes(3) > 0, "the second savepoint held no unsent write"


def _path_in(output: str) -> str:
    (path,) = re.findall(r"[Ss]avepoint completed. Path: (\S+)", output)
    return path


def test_the_metrics_are_in_the_rest_api(new_versions) -> None:
    """Of writers in two task managers, summed: each one that the README names, and what it says."""
    with new_versions(400, [], sink_parallelism=2, per_checkpoint=200) as versions:
        job = versions.submit()
        found = settled(
            job,
            NAME,
            {
                "numRecordsIn": 200,
                "numRecordsSend": 200,
                "numRecordsSendErrors": 0,
                "dynamodb.retriedRecords": 0,
                "dynamodb.bufferedRecords": 0,
                "dynamodb.bufferedBytes": 0,
                "dynamodb.inFlightRequests": 0,
            },
        )
        assert found["dynamodb.requests"] == len(versions.endpoint.record.batch_writes)
        assert found["currentSendTime"] > 0
        assert len(set(_hosts(job))) == 2
        listed = {name.split("_")[0] for name in job.metric_names(NAME)}
        assert set(metric_names_of_the_page()) <= listed


def _hosts(job: WatchedJob) -> list[str]:
    """The task managers of the sink's writers."""
    return [
        subtask["taskmanager-id"]
        for vertex in job.rest()["vertices"]
        if f"{NAME}: Writer" in vertex["name"]
        for subtask in job.rest(f"/vertices/{vertex['id']}")["subtasks"]
    ]


def test_a_cancelled_job_leaves_nothing_behind(cluster, new_versions) -> None:
    """No thread of ours, no Python process, no connection, no object, in both task managers."""
    with new_versions(100_000, SLOW, sink_parallelism=2, per_second=200) as versions:
        job = versions.submit()
        versions.wait_for(300)
        port = int(versions.endpoint.endpoint.rpartition(":")[2])
        pids = {name: cluster.pid(name) for name in cluster.task_managers}
        assert sorted(_hosts(job)) == sorted(pids)
        for name in pids:
            assert _our_threads(cluster, name), "the test would not see the threads"
            assert cluster.live_objects(name, OBJECTS) == OBJECTS
        assert any(cluster.started_by(pid) for pid in pids.values())
        assert open_connections(port) > 0

        cluster.flink("cancel", job.id)

        eventually(lambda: job.rest()["state"] == "CANCELED", "cancelled")
        eventually(lambda: open_connections(port) == 0, "no connection left")
        for name, pid in pids.items():
            eventually(lambda pid=pid: not cluster.started_by(pid), "no Python worker left")
            eventually(lambda name=name: not _our_threads(cluster, name), "no thread left")
            eventually(lambda name=name: not cluster.live_objects(name, OBJECTS), "no object left")


def _our_threads(cluster, task_manager: str) -> list[str]:
    """Names of the threads that are in code of our jar, the AWS SDK in it included."""
    threads = cluster.rest(f"/taskmanagers/{task_manager}/thread-dump")["threadInfos"]
    return [thread["threadName"] for thread in threads if OURS in thread["stringifiedThreadInfo"]]


def test_the_last_writes_stay_when_a_task_manager_is_killed(cluster, new_versions) -> None:
    """`kill -9` of the process that holds the sink: nothing is lost, no key goes back."""
    with new_versions(1_500, SLOW, per_second=100) as versions:
        job = versions.submit(*RESTARTS, "-Dexecution.checkpointing.interval=500ms")
        versions.wait_for(300)
        eventually(lambda: job.completed_checkpoints() > 1, "a checkpoint")
        (killed,) = _hosts(job)

        cluster.kill_task_manager(killed)
        versions.begin_attempt()
        cluster.add_task_manager()

        eventually(lambda: job.rest()["state"] == "FINISHED", "the end", seconds=120)
        assert versions.judge() == []
        assert len(versions.run.opened) == 2
        assert versions.restored_writes(2) > 0, "the checkpoint held no unsent write"
        cluster.wait_for_task_managers()
