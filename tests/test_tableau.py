"""Prices that pay for everything, found exactly."""

from fractions import Fraction

import pytest

from remit.analysis.arrays.tableau import Tableau


def test_prices_are_nothing_while_nothing_is_brought() -> None:
    assert Tableau([3, 2]).prices() == (Fraction(0), Fraction(0))


def test_prices_pay_for_each_way_at_least_cost() -> None:
    """Two of the first bring 4, one of each brings 5: 2 and 3, and no other prices cost less."""
    tableau = Tableau([3, 2])
    tableau.add([2, 0], 4)
    tableau.add([1, 1], 5)
    assert tableau.prices() == (Fraction(2), Fraction(3))


def test_a_unit_given_back_lowers_what_a_way_is_worth() -> None:
    """A grant takes one of the second and gives one of the first, and brings 1 beside."""
    tableau = Tableau([1, 1])
    tableau.add([1, 0], 4)
    tableau.add([-1, 1], 1)
    assert tableau.prices() == (Fraction(4), Fraction(5))


def test_prices_are_not_rounded() -> None:
    tableau = Tableau([1, 1])
    tableau.add([3, 0], 1)
    tableau.add([0, 7], 2)
    assert tableau.prices() == (Fraction(1, 3), Fraction(2, 7))


def test_what_is_not_in_stock_may_cost_anything() -> None:
    tableau = Tableau([0, 1])
    tableau.add([1, 0], 9)
    tableau.add([1, 2], 2)
    prices = tableau.prices()
    assert prices[0] >= 9
    assert prices[1] == 0


def test_something_for_nothing_has_no_price() -> None:
    tableau = Tableau([1])
    tableau.add([0], 1)
    with pytest.raises(RuntimeError, match="for nothing"):
        tableau.prices()
