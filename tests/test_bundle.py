"""The bundle: written whole or not at all, and read back as if a stranger had made it."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import remit
from remit.bundle import save_bundle
from remit.recorded import Run
from remit.runs import Record
from remit.state.canonical import canonical, digest
from remit.state.errors import InputError
from remit.state.store import open_store
from remit.subject import MAX_FILE_BYTES, agreed_brief, load_subject, subject_brief


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with Record(open_store(":memory:")) as record:
        yield remit.run("clinic", policy="strict", behaviour="worst", db=record, engine="loop")


@pytest.fixture
def bundle(run: Run, tmp_path: Path) -> Path:
    return save_bundle(run, tmp_path / "bundle")


def test_a_stopped_run_keeps_everything_that_was_made(run: Run, bundle: Path) -> None:
    assert run.outcome != "shipped"
    names = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*")}
    expected = {
        "summary.md", "openapi.json", "schema.sql", "handoffs.jsonl", "brief.json",
        "manifest.json", "bundle.json", "plan.md", "criteria.md", "security_review.md",
        "qa_review.json",
    }  # fmt: skip
    assert expected <= names
    assert json.loads((bundle / "openapi.json").read_text()) == run.contract
    assert len((bundle / "handoffs.jsonl").read_text().splitlines()) == len(run.handoffs)
    assert run.id in (bundle / "summary.md").read_text()
    index = json.loads((bundle / "bundle.json").read_text())
    assert (index["run"], index["outcome"], index["chain_head"]) == (
        run.id, str(run.outcome), run.chain_head,
    )  # fmt: skip


def test_what_is_written_is_read_back_exactly(run: Run, bundle: Path) -> None:
    inputs, contents = load_subject(bundle)
    assert set(inputs) == set(run.course.ledger.artifacts.values())
    assert contents == {one.hash: run.content(one) for one in inputs}
    assert all(digest(canonical(content)) == key for key, content in contents.items())


def test_an_older_bundle_is_replaced_and_nothing_is_left_beside_it(run: Run, bundle: Path) -> None:
    (bundle / "stale.txt").write_text("of an earlier run")
    save_bundle(run, bundle)
    assert not (bundle / "stale.txt").exists()
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]


def test_an_empty_folder_becomes_the_bundle(run: Run, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert (save_bundle(run, tmp_path / "new") / "bundle.json").is_file()
    assert (save_bundle(run, tmp_path / "a" / "b" / "c") / "bundle.json").is_file()


def test_other_peoples_folders_files_and_links_are_left_alone(
    run: Run, bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(bundle)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("work", "file", "link", "dangling", "file/below"):
        with pytest.raises(InputError) as caught:
            save_bundle(run, tmp_path / name)
        assert "\n" not in str(caught.value)
    assert (tmp_path / "work" / "thesis.txt").read_text() == "mine"


def test_a_bundle_that_cannot_be_finished_leaves_the_old_one(
    run: Run, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (bundle / "summary.md").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        save_bundle(run, bundle)
    assert (bundle / "summary.md").read_bytes() == before
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]


def edit(bundle: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = bundle / "bundle.json"
    index = json.loads(path.read_text())
    change(index)
    path.write_text(json.dumps(index))


def problems(bundle: Path) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        load_subject(bundle)
    assert all("\n" not in one and "\x1b" not in one for one in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"file": "../../etc/passwd"}, "leads out of the bundle"),
        ({"file": "/etc/passwd"}, "leads out of the bundle"),
        ({"file": "a\\..\\b"}, "leads out of the bundle"),
        ({"file": "nul\0byte"}, "leads out of the bundle"),
        ({"file": "none.json"}, "cannot be read"),
        ({"file": "artifacts"}, "is not a file"),
        ({"file": "\x1b[2J"}, "cannot be read"),
        ({"hash": "0" * 64}, "its hash differs"),
        ({"hash": "short"}, "artifacts.0.hash"),
        ({"owner": "qa", "artifact": "plan"}, "qa can own no 'plan'"),
        ({"artifact": "novel"}, "can own no 'novel'"),
        ({"owner": "boss"}, "artifacts.0.owner"),
        ({"revision": 0}, "artifacts.0.revision"),
        ({"extra": 1}, "artifacts.0.extra"),
    ],
)
def test_an_index_that_lies_is_refused(bundle: Path, change: dict[str, Any], said: str) -> None:
    edit(bundle, lambda index: index["artifacts"][0].update(change))
    assert any(said in one for one in problems(bundle))


def test_an_artifact_named_twice_is_refused(bundle: Path) -> None:
    edit(bundle, lambda index: index["artifacts"].append(index["artifacts"][0]))
    assert any("names an artifact twice" in one for one in problems(bundle))


def test_every_file_that_was_touched_is_named(bundle: Path) -> None:
    (bundle / "plan.json").write_text("{}")
    (bundle / "criteria.json").write_text("[" * 100_000)
    (bundle / "screens.json").write_bytes(b"\xff")
    assert len(problems(bundle)) == 3


@pytest.mark.parametrize(
    "name", ["openapi.json", "schema.sql", "summary.md", "handoffs.jsonl", "brief.json", "plan.md"]
)
def test_a_derived_file_that_was_touched_is_named(bundle: Path, name: str) -> None:
    with (bundle / name).open("a") as file:
        file.write("\n")
    (problem,) = problems(bundle)
    assert problem.endswith(
        f"/{name}: is not what the index says (its hash differs); restore the file"
    )
    (bundle / name).unlink()
    assert [one.partition(": ")[2][:14] for one in problems(bundle)] == ["cannot be read"]


def test_the_index_names_every_file(bundle: Path) -> None:
    index = json.loads((bundle / "bundle.json").read_text())
    named = [one["file"] for part in ("artifacts", "derived") for one in index[part]]
    there = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert len(named) == len(set(named))
    assert set(named) == there - {"bundle.json"}


def test_the_brief_of_a_bundle_is_the_one_of_its_run(
    run: Run, bundle: Path, tmp_path: Path
) -> None:
    assert subject_brief(bundle) == agreed_brief(bundle, None) == run.brief
    assert agreed_brief(bundle, run.brief) == run.brief
    other = run.brief.model_copy(update={"title": "Another thing"})
    with pytest.raises(InputError) as caught:
        agreed_brief(bundle, other)
    (problem,) = caught.value.problems
    assert "'Another thing'" in problem
    assert repr(run.brief.title) in problem
    with pytest.raises(InputError, match="is no bundle"):
        subject_brief(tmp_path)


def test_a_brief_that_does_not_hold_together_is_refused(bundle: Path) -> None:
    path = bundle / "brief.json"
    brief = json.loads(path.read_text())
    brief["screens"][0]["entity"] = "nowhere"
    path.write_text(json.dumps(brief))
    with pytest.raises(InputError, match="is not what the index says"):
        subject_brief(bundle)
    hashed = hashlib.sha256(path.read_bytes()).hexdigest()
    edit(
        bundle,
        lambda index: [
            one.update(hash=hashed) for one in index["derived"] if one["file"] == "brief.json"
        ],
    )
    with pytest.raises(InputError, match="nowhere"):
        subject_brief(bundle)


def test_links_pipes_and_large_files_are_not_read(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (bundle / "plan.json").unlink()
    (bundle / "plan.json").symlink_to(tmp_path / "secret.json")
    (bundle / "criteria.json").unlink()
    os.mkfifo(bundle / "criteria.json")
    os.truncate(bundle / "screens.json", MAX_FILE_BYTES + 1)
    found = " ".join(problems(bundle))
    for said in ("is a link", "is not a file", "larger than"):
        assert said in found


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    assert "is no bundle" in problems(tmp_path)[0]
    assert "is no bundle" in problems(tmp_path / "none")[0]
    assert len(problems(tmp_path / "nul\0byte")) == 1
    for text in ("", "[]", "{}", "[" * 100_000):
        (tmp_path / "bundle.json").write_text(text)
        assert problems(tmp_path)
