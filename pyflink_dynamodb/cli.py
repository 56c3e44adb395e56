"""The command `pyflink-dynamodb`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

import click

from pyflink_dynamodb._aws import resolve_region
from pyflink_dynamodb._version import __version__
from pyflink_dynamodb.redrive import redrive


@click.group()
@click.version_option(__version__, package_name="pyflink-dynamodb")
def main() -> None:
    """Tools beside the PyFlink connector for Amazon DynamoDB."""


@main.command("redrive")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.File(encoding="utf-8")
)
@click.option("--table", help="Write to this table instead of the one that a line names.")
@click.option("--region", help="AWS region; by default the one that the sink would find.")
@click.option("--endpoint-url", help="Endpoint, for DynamoDB Local and the like.")
@click.option(
    "--left",
    type=click.File("w", encoding="utf-8", atomic=True),
    help="Write the lines that could not be sent to this file.",
)
def redrive_command(
    files: tuple[IO[str], ...],
    table: str | None,
    region: str | None,
    endpoint_url: str | None,
    left: IO[str] | None,
) -> None:
    """Send the dead letters in FILE... again, in their order.

    Mend the lines first where the record itself is at fault. What a line holds is written over
    whatever the table holds by now, and what is left now would be, if it is sent later. Ends with
    status 1 if any line was left.
    """
    import boto3

    region = region or resolve_region({}, os.environ)
    if region is None:
        raise click.UsageError("There is no AWS region: give --region, or set AWS_REGION.")
    if left is not None and Path(left.name).resolve() in {Path(f.name).resolve() for f in files}:
        raise click.UsageError("--left must not be one of the files that are read.")
    client = boto3.client("dynamodb", region_name=region, endpoint_url=endpoint_url)
    sent = failed = 0
    for file in files:
        for outcome in redrive(client, file, table):
            if outcome.problem is None:
                sent += 1
                continue
            failed += 1
            click.echo(f"{file.name}:{outcome.number}: {outcome.problem}", err=True)
            if left is not None:
                left.write(outcome.line if outcome.line.endswith("\n") else outcome.line + "\n")
    click.echo(f"{sent:,} sent, {failed:,} left")
    if failed:
        raise SystemExit(1)
