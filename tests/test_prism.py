"""A chain written out for PRISM and Storm."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remit.analysis.prism import MOST_IN_PRISM, Listing, drn, prism
from remit.state.errors import InputError

NO_JUDGE = "the model checker Storm is not installed: pip install 'remit[judge]'"
LOOP = Listing(
    source=np.array([0, 0, 1, 2, 2, 3]),
    target=np.array([1, 2, 1, 0, 3, 3]),
    probability=np.array([0.5, 0.5, 1.0, 0.25, 0.75, 1.0]),
    labels={"shipped": np.arange(4) == 1, "stopped": np.arange(4) == 3},
    rewards={"handoffs": np.array([1.0, 0.0, 1.0, 0.0])},
    size=4,
)
"""From 0 to shipped or to 2 on even chances; from 2 back with 1/4, else stopped.

P(shipped) = x with x = 1/2 + x/2 * 1/4, so x = 4/7. Handoffs h = 1 + (1 + h/4)/2, so h = 12/7.
"""


def test_prism_has_one_command_for_each_state() -> None:
    lines = list(prism(LOOP))
    assert lines[0] == "dtmc"
    assert sum(line.startswith("  [] s=") for line in lines) == LOOP.size
    assert "  [] s=2 -> 0.25:(s'=0) + 0.75:(s'=3);" in lines
    assert 'label "shipped" = s=1;' in lines
    assert "  s=2 : 1.0;" in lines


def test_prism_says_false_where_a_label_holds_nowhere() -> None:
    nowhere = replace(LOOP, labels={"shipped": np.zeros(4, np.bool_)})
    assert 'label "shipped" = false;' in list(prism(nowhere))


def test_drn_names_the_start_the_labels_and_the_rewards() -> None:
    text = "\n".join(drn(LOOP))
    assert "state 0 [1.0] init\n\taction 0\n\t\t1 : 0.5\n\t\t2 : 0.5" in text
    assert "state 3 [0.0] stopped" in text
    assert re.search(r"@nr_states\n4\n@nr_choices\n4", text)


def test_prism_refuses_what_no_checker_could_read() -> None:
    many = MOST_IN_PRISM + 1
    every = np.arange(many)
    large = Listing(
        source=every, target=every, probability=np.ones(many), labels={}, rewards={}, size=many
    )
    with pytest.raises(InputError, match=r"20,001 states.*--export drn"):
        next(iter(prism(large)))
    assert sum(line.startswith("state ") for line in drn(large)) == many


@pytest.mark.parametrize("language", [prism, drn])
def test_storm_reads_both_and_computes_what_was_derived_by_hand(
    language: Callable[[Listing], Iterator[str]], tmp_path: Path
) -> None:
    stormpy: Any = pytest.importorskip("stormpy", reason=NO_JUDGE)
    file = tmp_path / "chain"
    file.write_text("\n".join(language(LOOP)) + "\n")
    if language is prism:
        model = stormpy.build_model(stormpy.parse_prism_program(str(file)))
    else:
        model = stormpy.build_model_from_drn(str(file))
    environments: Any = import_module("stormpy.environments")
    for query, known in (
        ('P=? [F "shipped"]', 4 / 7),
        ('R{"handoffs"}=? [F ("shipped" | "stopped")]', 12 / 7),
    ):
        asked = stormpy.parse_properties(query)[0]
        found = stormpy.model_checking(model, asked, environment=environments.Environment())
        assert found.get_value(0) == pytest.approx(known, abs=1e-9)
