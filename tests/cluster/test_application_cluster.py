"""A job on a cluster of its own, started as the page about Kubernetes says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from functools import partial
from pathlib import Path

import pyflink
import pytest
from session_cluster import ApplicationCluster

from pyflink_dynamodb._jars import bridge_jar
from pyflink_dynamodb.testing import scan_items

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")


def delete_table(client):
    """The job makes it, if it comes that far."""
    with contextlib.suppress(client.exceptions.ResourceNotFoundException):
        client.delete_table(TableName="orders")


@pytest.mark.parametrize("where", ["in the package alone", "in Flink's lib, too"])
def test_the_first_job_runs_as_the_page_says(
    where, variables, dynamodb_local, dynamodb_client, tmp_path, request
) -> None:
    """Entry class, arguments and settings of Python are the page's, with the paths of here."""
    (entry_class,) = re.findall(r"entryClass: (\S+)", PAGE)
    (arguments,) = re.findall(r"args: (\[.*\])", PAGE)
    settings = re.findall(r"^ +(python\S*): \S+/python$", PAGE, re.MULTILINE)
    assert len(settings) == 2
    if where != "in the package alone":
        lib = tmp_path / "lib"
        shutil.copytree(Path(pyflink.__path__[0]) / "lib", lib, copy_function=os.symlink)
        shutil.copy(bridge_jar(), lib)
        variables = {**variables, "FLINK_LIB_DIR": str(lib)}
    cluster = ApplicationCluster(tmp_path / "cluster", variables)
    (tmp_path / "cluster").mkdir()
    request.addfinalizer(partial(delete_table, dynamodb_client))
    request.addfinalizer(cluster.stop)  # the last one is called first

    cluster.run(
        dict.fromkeys(settings, sys.executable),
        entry_class,
        [
            argument.replace("/opt/flink/usrlib/job.py", str(ROOT / "examples" / "first_job.py"))
            for argument in json.loads(arguments)
        ]
        + [dynamodb_local.endpoint],
    )

    assert len(scan_items(dynamodb_client, "orders")) == 10
