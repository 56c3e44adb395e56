"""Puts the jar into the wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class JarInWheel(BuildHookInterface):  # type: ignore[type-arg] # its parameter means nothing here
    """A wheel without the jar would install well and fail at the first job, so none is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the jar as part of the wheel; called by hatchling before it builds one."""
        if version == "editable":
            return  # `make` installs first and builds the jar after that.
        name = f"pyflink_dynamodb/jars/pyflink-dynamodb-{self.metadata.version}.jar"
        if not Path(self.root, name).is_file():
            self.app.abort(
                f"{name} is missing and the wheel would not work without it: run `make jar` "
                "(it needs JDK 17 or newer and Maven), then build again."
            )
        # By its whole name: a jar of another version that lies about stays out.
        build_data["artifacts"].append(f"/{name}")
