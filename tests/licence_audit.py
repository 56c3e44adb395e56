"""Every dependency's licence against a list, and the jar's against NOTICE; run by `make audit`.

It asks no service and so knows nothing of vulnerabilities: for those, run `pip-audit` and your
scanner of Maven artifacts where they can be reached.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from xml.etree import ElementTree

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
POM = ROOT / "java-bridge" / "pom.xml"
EXTRAS = ("", "cli", "testing")

# Licences that an Apache-licensed package may depend on; those in the jar are fewer.
ALLOWED = re.compile(
    r"apache|\bmit\b|bsd|isc\b|python software foundation|psf|mozilla public license 2|mpl-2"
    r"|unlicense|hpnd|zope|public domain",
    re.IGNORECASE,
)
REFUSED = re.compile(r"\b[al]?gpl|gnu |sspl|busl|commons clause|proprietary", re.IGNORECASE)
ALLOWED_IN_JAR = re.compile(r"apache.*2|mit-0|\bmit\b", re.IGNORECASE)


def python_problems() -> list[str]:
    """What is wrong with the licences of what a user installs with the package and its extras."""
    problems = []
    seen: set[str] = set()
    wanted = [("pyflink-dynamodb", EXTRAS)]
    while wanted:
        name, extras = wanted.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in seen:
            continue
        seen.add(key)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # of another platform
        licence = _licence(found)
        if not ALLOWED.search(licence) or REFUSED.search(licence):
            problems.append(f"{name} {found.version}: licence {licence[:80]!r} is not on the list")
        for line in found.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                wanted.append((requirement.name, tuple(requirement.extras) or ("",)))
    print(f"Python: {len(seen)} distributions")
    return problems


def _licence(found: Distribution) -> str:
    about = found.metadata
    classifiers = [text for text in about.get_all("Classifier") or () if "License ::" in text]
    # An old field may hold the whole text; its first line says which it is.
    text = about.get("License") or ""
    return "; ".join(filter(None, [about.get("License-Expression"), *classifiers, text[:200]]))


def jar_problems() -> list[str]:
    """What is wrong with the licences of what is shaded into the jar, or missing in NOTICE."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "list")
        maven = shutil.which("mvn") or "mvn"
        command = [maven, "--quiet", "--batch-mode", f"--file={POM}", "dependency:list"]
        command += ["-DincludeScope=runtime", "-DoutputAbsoluteArtifactFilename=true"]
        subprocess.run([*command, f"-DoutputFile={listed}", "-Dmaven.test.skip=true"], check=True)
        lines = re.sub(r"\x1b\[[0-9;]*m", "", listed.read_text())
    line = r"^ +([\w.-]+):([\w.-]+):jar:(?:[\w.-]+:)?([\w.-]+):(?:compile|runtime):(\S+\.jar)"
    artifacts = re.findall(line, lines, re.MULTILINE)
    shaded = re.findall(r"<include>([\w.]+):\*</include>", POM.read_text())
    notice = (ROOT / "NOTICE").read_text()
    problems = [] if artifacts else ["Maven listed nothing"]
    for group, name, release, jar in artifacts:
        if group == "org.slf4j":
            continue  # Flink has it; it is not in the jar
        if group not in shaded:
            problems.append(f"{group}:{name} is in the runtime scope and not shaded")
        if f"({group}" not in notice:
            problems.append(f"{group}:{name} is in the jar, and NOTICE does not name {group}")
        licences = _pom_licences(Path(jar).with_suffix(".pom"))
        if not licences or not all(ALLOWED_IN_JAR.search(each) for each in licences):
            problems.append(f"{group}:{name}:{release}: licences {licences} are not on the list")
    print(f"Jar: {len(artifacts)} artifacts")
    return problems


def _pom_licences(pom: Path) -> list[str]:
    """Of a pom or the nearest of its parents, as Maven inherits them."""
    tree = ElementTree.parse(pom).getroot()
    names = [each.text or "" for each in tree.findall("{*}licenses/{*}license/{*}name")]
    parent = tree.find("{*}parent")
    if names or parent is None:
        return names
    parts = ("groupId", "artifactId", "version")
    group, name, release = (parent.findtext("{*}" + part) or "" for part in parts)
    repository = pom.parents[len((tree.findtext("{*}groupId") or group).split(".")) + 2]
    above = repository.joinpath(*group.split("."), name, release, f"{name}-{release}.pom")
    return _pom_licences(above)


if __name__ == "__main__":
    found = [*python_problems(), *jar_problems()]
    print("\n".join(found) or "Every licence is on the list, and the jar's are in NOTICE.")
    sys.exit(1 if found else 0)
