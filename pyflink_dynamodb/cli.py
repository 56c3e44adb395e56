"""The command `pyflink-dynamodb`: what a person types and what is printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

import click

from pyflink_dynamodb._aws import resolve_region
from pyflink_dynamodb._jars import bridge_jar, jar_release
from pyflink_dynamodb._version import __version__
from pyflink_dynamodb.application_zip import RUN_OPTIONS, write_application_zip
from pyflink_dynamodb.diagnosis import FAIL, examine
from pyflink_dynamodb.errors import PyFlinkDynamoDbError
from pyflink_dynamodb.redrive import redrive


class _Command(click.Command):
    """A command whose errors of ours are sentences, not stack traces."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PyFlinkDynamoDbError as error:
            raise click.ClickException(str(error)) from error


class _Group(click.Group):
    command_class = _Command


@click.group(
    cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, package_name="pyflink-dynamodb")
def main() -> None:
    """Tools beside the PyFlink connector for Amazon DynamoDB.

    \b
    A first hour with it:
      pyflink-dynamodb local                   a DynamoDB on this machine, until Ctrl-C
      pyflink-dynamodb doctor                  is everything here that a job needs?
      pyflink-dynamodb doctor --table orders   ... and may it write to that table?
      pyflink-dynamodb package main.py         the zip for Amazon's managed Flink service
      pyflink-dynamodb redrive letters.jsonl   send mended dead letters again
    """


@main.command("jar")
@click.option("--path", "only", flag_value="path", help="Print the path alone.")
@click.option("--release", "only", flag_value="release", help="Print the version alone.")
def jar_command(only: str | None) -> None:
    """Print where the connector's jar is, and its version.

    A job started by `python job.py` or `flink run -py job.py` finds the jar by itself. The path is
    for what takes jars by hand: Flink's SQL client, or the lib folder of a cluster.

    \b
    Examples:
      pyflink-dynamodb jar
      cp "$(pyflink-dynamodb jar --path)" "$FLINK_HOME/lib/"
      sql-client.sh --jar "$(pyflink-dynamodb jar --path)"
    """
    jar = bridge_jar()
    release = jar_release(jar)
    if only == "path":
        click.echo(jar)
    elif only == "release":
        click.echo(release)
    else:
        click.echo(f"version  {release}\npath     {jar}")


_COLOURS = {"ok": "green", "warn": "yellow", "FAIL": "red", "skip": "cyan"}


@main.command("doctor")
@click.option("--table", help="Look at this table, by name or ARN.")
@click.option("--region", help="AWS region; by default the one that the sink would find.")
@click.option(
    "--endpoint-url",
    help="Endpoint, for DynamoDB Local and the like; by default as the sink finds it.",
)
@click.option(
    "--property",
    "properties",
    multiple=True,
    metavar="NAME=VALUE",
    help="A property of the sink, such as aws.credentials.provider=PROFILE; may be given again."
    " Keep secrets out of it: other users of this machine can see the arguments.",
)
@click.option("--no-write", is_flag=True, help="Do not try whether the table may be written to.")
def doctor_command(
    table: str | None,
    region: str | None,
    endpoint_url: str | None,
    properties: tuple[str, ...],
    no_write: bool,
) -> None:
    """Check all that a job needs here, and say what to do about what is missing.

    Looks at Python, PyFlink, Java, the jar, region, endpoint and credentials; with --table at the
    table, its key, and whether it may be written to. The service is asked by a JVM with the sink's
    own client, as in a job. On a cluster, run it on a machine of the cluster.

    The permission to write is tried with one BatchWriteItem that deletes a key of 128 random bits.
    No item has such a key, so nothing is changed and no stream record appears; it costs one write
    unit. --no-write leaves it out.

    Ends with status 1 if a line says FAIL. A warning is no failure.

    \b
    Examples:
      pyflink-dynamodb doctor
      pyflink-dynamodb doctor --table orders --region eu-west-1
      pyflink-dynamodb doctor --table orders --endpoint-url http://127.0.0.1:8000
      pyflink-dynamodb doctor --property aws.credentials.provider=PROFILE \\
          --property aws.credentials.provider.profile.name=etl
    """
    given = {}
    for text in properties:
        name, equals, value = text.partition("=")
        if not equals:
            # Not the text: it may be a secret.
            raise click.BadParameter("give NAME=VALUE", param_hint="--property")
        given[name.strip()] = value.strip()
    if region:
        given["aws.region"] = region
    if endpoint_url:
        given["aws.endpoint"] = endpoint_url
    failed = 0
    for finding in examine(given, os.environ, table, not no_write):
        failed += finding.status == FAIL
        status = click.style(f"{finding.status:<4}", fg=_COLOURS[finding.status])
        click.echo(f"{status}  {finding.name:<11}  {finding.text}")
        if finding.remedy:
            click.echo(f"{'':<19}-> {finding.remedy}")
    if failed:
        click.echo(f"\n{failed} to mend: see the arrows.")
        raise SystemExit(1)
    click.echo("\nNothing is missing.")


@main.command("local")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8000,
    show_default=True,
    help="Port on the loopback interface; 0 takes a free one.",
)
@click.option(
    "--db-path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the tables in this directory; without it they are in memory and go with Ctrl-C.",
)
def local_command(port: int, db_path: Path | None) -> None:
    """Run DynamoDB Local in the foreground, until Ctrl-C.

    It listens on 127.0.0.1 alone, takes any credentials, and is fetched once, with Maven, into
    your cache directory. Needs Java 17 or newer.

    \b
    Examples:
      pyflink-dynamodb local
      pyflink-dynamodb local --port 0 --db-path ./tables
    """
    from pyflink_dynamodb.testing import DynamoDbLocal

    with DynamoDbLocal(port, db_path) as running:
        properties = running.properties
        click.echo(f"DynamoDB Local: {running.endpoint}, tables in {db_path or 'memory'}\n")
        click.echo("Properties of a sink or source (set_dynamodb_properties, WITH of a table):")
        for name, text in properties.items():
            click.echo(f"  {name} = {text}")
        click.echo(
            "\nOr, for a job without any and for the AWS CLI:\n"
            f"  export AWS_ENDPOINT_URL_DYNAMODB={running.endpoint}"
            f" AWS_ENDPOINT_URL_DYNAMODB_STREAMS={running.endpoint}"
            f" AWS_REGION={properties['aws.region']}"
            f" AWS_DEFAULT_REGION={properties['aws.region']}\n"
            "  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n\n"
            "Ctrl-C ends it."
        )
        try:
            status = running.wait()
        except KeyboardInterrupt:
            click.echo("\nEnded.")
            return
    raise click.ClickException(f"DynamoDB Local ended with status {status}; start it again")


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.command("package")
@click.argument("script", type=_FILE)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The zip to write. [default: the script's name with .zip, here]",
)
@click.option(
    "--include",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A module, package or file that Python shall find; may be given again. What lies beside"
    " SCRIPT and is imported comes along by itself.",
)
@click.option(
    "--jar",
    "jars",
    multiple=True,
    type=_FILE,
    help="The jar of another connector, merged with ours; may be given again.",
)
@click.option(
    "--dependency",
    "dependencies",
    multiple=True,
    metavar="NAME",
    help="An installed pure-Python distribution, copied with what it needs; may be given again.",
)
@click.option(
    "--properties",
    type=_FILE,
    help="The job's own runtime properties, as in the service's application_properties.json.",
)
def package_command(
    script: Path,
    output: Path | None,
    include: tuple[Path, ...],
    jars: tuple[Path, ...],
    dependencies: tuple[str, ...],
    properties: Path | None,
) -> None:
    """Pack SCRIPT for Amazon's Managed Service for Apache Flink.

    The zip holds all that the service needs, which runs no pip and takes one jar: your code, this
    package, and one jar merged from ours and those of other connectors. Beside it is written a
    JSON file with the runtime properties that tell the service where things are.

    orjson and everything else that is compiled stays out: the service's PyFlink brings orjson, by
    way of Apache Beam. Other compiled libraries have to be fetched for the service's machines
    (pip download --platform manylinux2014_x86_64) and given with --include.

    \b
    Examples:
      pyflink-dynamodb package main.py
      pyflink-dynamodb package main.py --jar flink-sql-connector-kinesis-5.0.0-1.20.jar
      pyflink-dynamodb package jobs/main.py --include config.json --dependency tomli \\
          --properties application_properties.json -o build/orders.zip
    """
    written = write_application_zip(
        script,
        output or Path(f"{script.stem}.zip"),
        include,
        jars,
        dependencies,
        properties,
    )
    size = written.path.stat().st_size / 1024**2
    click.echo(f"{written.path}  {size:.1f} MB")
    click.echo(f"  to import     {', '.join(written.imports)}")
    click.echo(f"  from PyFlink  {', '.join(written.from_pyflink)}")
    click.echo(f"\n{written.properties_path}, the runtime properties. By hand, in group")
    click.echo(f"{RUN_OPTIONS}:")
    for name, text in written.run_options.items():
        click.echo(f"  {name:<8} {text}")
    for note in written.notes:
        click.echo(f"\nNote: {note}", err=True)
    click.echo(
        "\nNext: put the zip into an S3 bucket, and create or update the application with it."
    )


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

    \b
    Examples:
      pyflink-dynamodb redrive dead-letters/*.jsonl --left left.jsonl
      pyflink-dynamodb redrive letters.jsonl --table orders-repaired --region eu-west-1
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
