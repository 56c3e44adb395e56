"""Several jars as one: what is joined, kept, left out and refused."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from pyflink_dynamodb.errors import InvalidConfigurationError
from pyflink_dynamodb.merged_jar import merge_jars

FACTORY = "META-INF/services/org.apache.flink.table.factories.Factory"


def _named(path: Path, entries: dict[str, str]) -> Path:
    with ZipFile(path, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


def _merge(folder: Path, *jars: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    files = [_named(folder / f"jar{number}.jar", jar) for number, jar in enumerate(jars)]
    notes = merge_jars(files, folder / "merged.jar")
    with ZipFile(folder / "merged.jar") as merged:
        assert len(set(merged.namelist())) == len(merged.namelist())
        return {name: merged.read(name).decode() for name in merged.namelist()}, notes


def test_service_files_are_joined(tmp_path: Path) -> None:
    """Each provider once, on a line of its own, whatever ended the file before."""
    merged, notes = _merge(
        tmp_path, {FACTORY: "a.A # ours\nb.B"}, {FACTORY: "# licence\nc.C\r\na.A\n"}
    )
    assert merged[FACTORY] == "a.A\nb.B\nc.C\n"
    assert notes == []


def test_the_first_of_differing_classes_is_kept_and_said(tmp_path: Path) -> None:
    """As on a class path. What is the same in both is not worth a word."""
    merged, notes = _merge(
        tmp_path, {"a/A.class": "one", "a/B.class": "b"}, {"a/A.class": "two", "a/B.class": "b"}
    )
    assert (merged["a/A.class"], merged["a/B.class"]) == ("one", "b")
    assert len(notes) == 1
    assert "1 entries differ between jar0.jar and jar1.jar, such as a/A.class" in notes[0]


def test_licences_of_both_travel(tmp_path: Path) -> None:
    """Neither hides the other's, and they are no reason for a note."""
    merged, notes = _merge(
        tmp_path,
        {"META-INF/NOTICE": "one", "LICENSE.txt": "x"},
        {"META-INF/NOTICE": "two", "LICENSE.txt": "x"},
    )
    assert merged["META-INF/NOTICE"] == "one"
    assert merged["META-INF/licenses/jar1/NOTICE"] == "two"
    assert notes == []


def test_what_holds_for_one_jar_alone_is_left_out(tmp_path: Path) -> None:
    """A signature would make a class loader refuse the merged jar."""
    merged, _ = _merge(
        tmp_path,
        {
            "META-INF/A.SF": "",
            "META-INF/A.RSA": "",
            "module-info.class": "",
            "META-INF/versions/9/module-info.class": "",
            "META-INF/INDEX.LIST": "",
            "a/A.class": "",
        },
    )
    assert set(merged) == {"a/A.class", "META-INF/MANIFEST.MF"}


@pytest.mark.parametrize("second", ["Multi-Release: true\n", ""])
def test_the_manifest_says_whether_versions_count(tmp_path: Path, second: str) -> None:
    """Java looks into META-INF/versions of a jar that says so, and of no other."""
    plain = {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n"}
    merged, _ = _merge(
        tmp_path, plain, {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n" + second}
    )
    assert ("Multi-Release: true" in merged["META-INF/MANIFEST.MF"]) == bool(second)


@pytest.mark.parametrize("name", ["../up.class", "a/../../up.class", "/etc/passwd", "a\\..\\b"])
def test_an_entry_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    """Whoever unpacks the merged jar must not write elsewhere."""
    with pytest.raises(InvalidConfigurationError, match=r"jar0\.jar holds an entry"):
        _merge(tmp_path, {name: ""})


def test_a_file_that_is_no_jar_is_named(tmp_path: Path) -> None:
    """Such as a page that was downloaded in its place."""
    page = tmp_path / "page.jar"
    page.write_text("<html>")
    with pytest.raises(InvalidConfigurationError, match=r"page\.jar cannot be read as a jar"):
        merge_jars([page], tmp_path / "merged.jar")


def test_the_same_jars_give_the_same_bytes(tmp_path: Path) -> None:
    """No time of the day gets in."""
    jar = _named(tmp_path / "a.jar", {FACTORY: "a.A", "a/A.class": "x"})
    merge_jars([jar], tmp_path / "one")
    merge_jars([jar], tmp_path / "two")
    with ZipFile(tmp_path / "one") as merged:
        assert {entry.date_time for entry in merged.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
