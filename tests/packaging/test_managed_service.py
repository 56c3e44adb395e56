"""The zip of `pyflink-dynamodb package`, run the way Amazon's managed service runs it.

The service unpacks the zip, reads the property group of run options and starts `flink run` with
one script, one jar and one folder of Python code. On its machines is PyFlink with what it depends
on, nothing of ours, and pip is not run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import venv
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyflink
import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

from pyflink_dynamodb.cli import main
from pyflink_dynamodb.testing import create_table, scan_items

RUN_OPTIONS = "kinesis.analytics.flink.run.options"

SCRIPT = """\
import json, os
from pyflink.datastream import StreamExecutionEnvironment
from pyflink_dynamodb import DynamoDbSink
from pyflink_dynamodb.table import add_connector, table_environment
from changes import doubled

# On the service it is /etc/flink/application_properties.json.
with open(os.environ["PROPERTIES"]) as file:
    groups = {group["PropertyGroupId"]: group["PropertyMap"] for group in json.load(file)}
job = groups["orders"]
properties = {name: text for name, text in job.items() if name.startswith("aws.")}
env = StreamExecutionEnvironment.get_execution_environment()
sink = DynamoDbSink(table_name=job["table"], dynamodb_properties=properties)
env.from_collection([{"pk": str(n), "n": n} for n in range(50)]).map(doubled).sink_to(sink)
env.execute()

t_env = table_environment(env)
t_env.execute_sql("CREATE TABLE other (n INT) WITH ('connector' = 'elsewhere')")
try:
    t_env.explain_sql("INSERT INTO other VALUES (1)")
except Exception as error:
    print("The other factory answers:", "I am elsewhere" in str(error))
options = ", ".join(f"'{name}' = '{text}'" for name, text in properties.items())
t_env.execute_sql(
    "CREATE TABLE orders (pk STRING, n INT, PRIMARY KEY (pk) NOT ENFORCED) "
    f"WITH ('connector' = 'dynamodb', 'table-name' = '{job['table']}', {options})"
)
t_env.execute_sql("INSERT INTO orders VALUES ('sql', 1)").wait()
"""

CHANGES = """\
import greeting  # a distribution that was copied

def doubled(record):
    return {**record, "n": record["n"] * 2, "said": greeting.WORD}
"""


OTHER_CONNECTOR = """\
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.factories.DynamicTableSinkFactory;

public class Elsewhere implements DynamicTableSinkFactory {
    public String factoryIdentifier() { return "elsewhere"; }
    public Set<ConfigOption<?>> requiredOptions() { return Set.of(); }
    public Set<ConfigOption<?>> optionalOptions() { return Set.of(); }
    public DynamicTableSink createDynamicTableSink(Context context) {
        throw new IllegalStateException("I am elsewhere");
    }
}
"""


def _closure(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    wanted = [name]
    while wanted:
        key = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
        if key in found:
            continue
        found[key] = distribution(key)
        for line in found[key].requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                wanted.append(requirement.name)
    return found


@pytest.fixture(scope="module")
def service_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has PyFlink and what PyFlink asks for, and nothing else: no pip."""
    folder = tmp_path_factory.mktemp("service") / "venv"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    for each in _closure("apache-flink").values():
        for top in {Path(file).parts[0] for file in each.files if ".." not in Path(file).parts}:
            if not (packages / top).exists() and top != "__pycache__":
                (packages / top).symlink_to(each.locate_file(top))
    absent = "import importlib.util as u; print([n for n in NAMES if u.find_spec(n)])"
    names = ["pip", "pyflink_dynamodb", "boto3", "click"]
    found = subprocess.run(
        [python, "-I", "-c", f"NAMES = {names}; {absent}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "[]\n"
    return python


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder: a script, a module beside it, and a distribution installed here."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_text(SCRIPT)
    (folder / "changes.py").write_text(CHANGES)
    (folder / ".env").write_text("AWS_SECRET_ACCESS_KEY=not-to-be-packed")
    installed = tmp_path / "installed"
    about = installed / "greeting-1.0.dist-info"
    about.mkdir(parents=True)
    (installed / "greeting.py").write_text('WORD = "hello"\n')
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
    (about / "RECORD").write_text("greeting.py,,\ngreeting-1.0.dist-info/METADATA,,\n")
    monkeypatch.syspath_prepend(str(installed))
    return folder


@pytest.fixture
def other_jar(tmp_path: Path) -> Path:
    """A connector in a jar of its own, which Flink can find by its service file alone."""
    (tmp_path / "Elsewhere.java").write_text(OTHER_CONNECTOR)
    flink = Path(pyflink.__file__).parent / "lib" / "*"
    javac = shutil.which("javac")
    assert javac is not None
    subprocess.run(
        [javac, "--release", "11", "-cp", flink, "Elsewhere.java"], cwd=tmp_path, check=True
    )
    jar = tmp_path / "flink-sql-connector-elsewhere.jar"
    with ZipFile(jar, "w") as archive:
        archive.write(tmp_path / "Elsewhere.class", "Elsewhere.class")
        archive.writestr("META-INF/services/org.apache.flink.table.factories.Factory", "Elsewhere")
        archive.writestr("META-INF/NOTICE", "of the other connector")
    return jar


def _run_as_the_service(
    python: Path, application: Path, properties: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    groups = {
        group["PropertyGroupId"]: group["PropertyMap"]
        for group in json.loads(properties.read_text())
    }
    options = groups[RUN_OPTIONS]
    assert set(options) <= {"python", "jarfile", "pyFiles", "pyArchives"}  # it knows no others
    program = "import pathlib, pyflink; print(pathlib.Path(pyflink.__file__).parent / 'bin/flink')"
    flink = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    kept = {name: os.environ[name] for name in ("JAVA_HOME", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [
            *[flink.stdout.strip(), "run", "--target", "local"],
            *["-pyclientexec", str(python), "-pyexec", str(python)],
            *["--jarfile", options["jarfile"], "-pyfs", options["pyFiles"]],
            *["-py", options["python"]],
        ],
        cwd=application,
        env={
            **kept,
            "PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]]),
            "PROPERTIES": str(properties),
            "AWS_EC2_METADATA_DISABLED": "true",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_zip_runs_as_the_service_runs_it(
    service_python: Path,
    project: Path,
    other_jar: Path,
    tmp_path: Path,
    dynamodb_local: Any,
    dynamodb_client: Any,
) -> None:
    """Sink, SQL, a module beside the script and a copied distribution: all out of the zip."""
    create_table(dynamodb_client, "managed", "pk")
    given = tmp_path / "application_properties.json"
    job = {"table": "managed", **dynamodb_local.properties}
    given.write_text(json.dumps([{"PropertyGroupId": "orders", "PropertyMap": job}]))
    output = tmp_path / "out" / "orders.zip"
    command = ["package", str(project / "main.py"), "-o", str(output), "--jar", str(other_jar)]
    command += ["--dependency", "greeting", "--properties", str(given)]
    packed = CliRunner().invoke(main, command)
    assert packed.exit_code == 0, packed.output

    unpacked = tmp_path / "service"
    with ZipFile(output) as archive:
        archive.extractall(unpacked)
    ended = _run_as_the_service(service_python, unpacked, output.with_suffix(".properties.json"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "The other factory answers: True" in ended.stdout
    items = {item["pk"]: item for item in scan_items(dynamodb_client, "managed")}
    assert len(items) == 51
    assert items["7"] == {"pk": "7", "n": 14, "said": "hello"}
    assert items["sql"] == {"pk": "sql", "n": 1}
