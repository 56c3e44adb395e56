"""What all tests share: markers by folder, and no AWS account in sight."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# A machine with two cores and a JVM on it has pauses that say nothing about the code.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

# Before a JVM starts with this environment: a developer's own region, keys and profile would let
# tests pass, or fail, on this machine only, and could reach a real table.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

# A program that a test starts on Python 3.9 prints nothing of boto3's either.
os.environ["PYTHONWARNINGS"] = "ignore:Boto3 will no longer support Python 3.9"

# gRPC, through which PyFlink talks to its workers, stops its threads at a fork and starts them
# again, which can end the new process before it becomes the program that a test starts.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "false"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by its folder: unit, bridge, integration, and so on."""
    for item in items:
        item.add_marker(item.path.relative_to(Path(__file__).parent).parts[0])
