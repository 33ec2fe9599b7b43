"""Certificates on file: found by what was proved, never believed beyond what is possible."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from remit.analysis import kept
from remit.analysis.kept import Kept, Promise, found, keep, key, promise, text_of
from remit.analysis.measures import Measure
from remit.analysis.proof import prove
from remit.graph.bound import bound
from remit.graph.manifest import Manifest, compile_manifest
from remit.graph.rules import RULES
from remit.state.brief import Brief
from remit.state.canonical import canonical, digest
from remit.state.policy import load
from remit.state.vocabulary import Limit
from tests.certificates import CAPS, shipped_manifests, shipped_terms
from tests.desks import BRIEF

MANIFEST = compile_manifest(load("balanced").model_copy(update={"name": "own"}), BRIEF)
OWN = replace(MANIFEST, rework_backend=7)
"""Not shipped."""


def proof(manifest: Manifest = OWN, **changes: Any) -> Kept:
    values: dict[str, Any] = {
        "key": key(manifest), "worst": {kept.HANDOFFS: 40, kept.HUMAN: 2}, "fails": (),
        "positions": 10, "moves": 20,
    }  # fmt: skip
    return Kept(**values | changes)


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    assert found(OWN, tmp_path) is None
    assert keep(proof(), tmp_path / "new")
    assert found(OWN, tmp_path / "new") == proof()
    assert [one.name for one in (tmp_path / "new").iterdir()] == [f"{key(OWN)}.json"]


def test_a_change_of_a_limit_or_of_a_rule_finds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(proof(), tmp_path)
    assert found(replace(OWN, rework_backend=8), tmp_path) is None
    faulty = (replace(RULES[0], spend=(*RULES[0].spend, Limit.GRANTS)), *RULES[1:])
    before = key(OWN)
    monkeypatch.setattr(kept, "RULES", faulty)
    kept._rules.cache_clear()  # pyright: ignore[reportPrivateUsage]
    try:
        assert key(OWN) != before
    finally:
        monkeypatch.undo()
        kept._rules.cache_clear()  # pyright: ignore[reportPrivateUsage]


def test_the_words_of_a_rule_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(OWN)
    monkeypatch.setattr(kept, "RULES", tuple(replace(rule, text="told anew") for rule in RULES))
    kept._rules.cache_clear()  # pyright: ignore[reportPrivateUsage]
    assert key(OWN) == before


def changed(**changes: Any) -> bytes:
    """A file that says something else, with a seal that fits."""
    said = {name: value for name, value in GOOD.items() if name != "seal"} | changes
    return json.dumps(said | {"seal": digest(canonical(said))}).encode()


GOOD = json.loads(text_of(proof()))
DAMAGED = {
    "empty": b"",
    "cut short": text_of(proof()).encode()[:40],
    "not text": b"\xff\xfe\x00",
    "a list": b"[]",
    "nothing": b"null",
    "deep": b"[" * 60_000,
    "of something else": changed(key="0" * 64),
    "more than the bound": changed(worst={kept.HANDOFFS: bound(OWN) + 1, kept.HUMAN: 0}),
    "less than nothing": changed(worst={kept.HANDOFFS: 40, kept.HUMAN: -1}),
    "not a number": changed(worst={kept.HANDOFFS: True, kept.HUMAN: 0}),
    "a property that is none": changed(fails=[11]),
    "more than it should hold": changed(run="import os"),
    "changed by hand": json.dumps(GOOD | {"positions": 11}).encode(),
    "without a seal": changed().replace(b'"seal"', b'"sea"'),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_nothing_and_is_written_anew(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{key(OWN)}.json").write_bytes(DAMAGED[name])
    assert found(OWN, tmp_path) is None
    assert promise(OWN, tmp_path) == Promise(handoffs=bound(OWN), questions=None, fails=())
    assert keep(proof(), tmp_path)
    assert found(OWN, tmp_path) == proof()


def test_of_an_open_limit_no_worst_case_is_kept_and_the_closed_bound_is_promised(
    tmp_path: Path,
) -> None:
    keep(proof(worst={}, fails=(5,)), tmp_path)
    assert promise(OWN, tmp_path) == Promise(handoffs=bound(OWN), questions=None, fails=(5,))


def test_a_seal_that_fits_is_all_that_a_changed_file_lacks(tmp_path: Path) -> None:
    (tmp_path / f"{key(OWN)}.json").write_bytes(changed(positions=11))
    assert found(OWN, tmp_path) == proof(positions=11)


def test_where_nothing_can_be_kept_nothing_is_said_of_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not keep(proof(), tmp_path / "file")
    assert found(OWN, tmp_path / "file") is None


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        (None, "at most 40 handoffs"),
        (0, "at most 40 handoffs, no human question"),
        (1, "at most 40 handoffs, 1 human question"),
        (2, "at most 40 handoffs, 2 human questions"),
    ],
)
def test_a_promise_is_one_line(questions: int | None, said: str) -> None:
    assert str(Promise(handoffs=40, questions=questions, fails=())) == said


def test_a_promise_says_what_a_certificate_counts() -> None:
    assert {kept.HANDOFFS, kept.HUMAN} <= set(Measure)


@pytest.mark.parametrize(("name", "manifest"), shipped_manifests())
def test_the_shipped_policies_bring_their_certificate(name: str, manifest: Manifest) -> None:
    """`python -m tests.certificates` writes them anew."""
    one = found(manifest, None)
    assert one is not None, f"{name}: python -m tests.certificates"
    assert one.fails == ()
    assert one.worst[kept.HANDOFFS] <= bound(manifest)


def test_no_certificate_is_shipped_that_nobody_can_use() -> None:
    assert set(kept.shipped()) == {key(manifest) for _, manifest in shipped_manifests()}


@pytest.mark.prove
@pytest.mark.parametrize(("name", "policy", "brief"), shipped_terms())
def test_the_shipped_certificates_are_what_is_proved_now(
    name: str, policy: str, brief: Brief
) -> None:
    proved = prove(load(policy), brief, caps=CAPS, fresh=True)
    assert found(proved.manifest, None) == proved.kept(), name
