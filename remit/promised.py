"""What is promised of a run before it starts, and which runs are refused for it."""

from dataclasses import replace
from pathlib import Path

from remit.analysis.kept import Promise, found, promise
from remit.analysis.safety import PROPERTIES
from remit.graph.bound import by_loops, open_loops
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.state.errors import Unsafe
from remit.state.place import certificates, default_url
from remit.state.policy import Policy, called


def folder() -> Path | None:
    """Where this user's certificates are kept: beside the default record, if that is a file."""
    return certificates(default_url())


def promised(manifest: Manifest) -> Promise:
    """What is known of every run under a manifest; nothing is proved for it.

    Raises:
        InputError: not even the closed bound is finite.
    """
    return promise(manifest, folder())


def known_safe(order: Order, given: object = None) -> Order:
    """The order, unless its policy is known to fail a safety property and that is not allowed.

    Where it is allowed, the order says which properties fail.

    Args:
        order: what is to be run.
        given: what the policy was read from, if known: a file is refused by its name.

    Raises:
        Unsafe: with the properties.
        InputError: the order could never ship.
    """
    manifest = order.manifest()
    one = found(manifest, folder())
    fails = one.fails if one else _unchecked(manifest)
    if not fails:
        return order
    if order.allow_unsafe:
        return replace(order, unsafe=fails)
    raise Unsafe(
        f"policy {_named(order.policy, given)}: "
        f"{_checked_words(fails) if one else _unchecked_words(manifest)}"
    )


def _named(policy: Policy, given: object) -> str:
    """What its user calls a policy: a file as it was given, a name in quotes."""
    name = policy.name if given is None else called(given, policy)
    return repr(name) if name == policy.name else name


def _unchecked(manifest: Manifest) -> tuple[int, ...]:
    """What a policy that was never checked is taken to fail: that its loops end."""
    return (1,) if by_loops(manifest) is None else ()


def _checked_words(fails: tuple[int, ...]) -> str:
    named = "; ".join(f"property {number} ({PROPERTIES[number]})" for number in fails)
    return (
        f"`remit check` found that it does not keep {named}; "
        "mend the policy, or run it all the same with --allow-unsafe (allow_unsafe=True)"
    )


def _unchecked_words(manifest: Manifest) -> str:
    named = ", ".join(f"limits.{limit}" for limit in open_loops(manifest))
    are = "is" if "," not in named else "are"
    return (
        f"property 1 ({PROPERTIES[1]}) is not known to hold: {named} {are} unlimited, and only "
        "the limit on handoffs would end a run that goes in circles; write numbers, let `remit "
        "check` prove it safe, or run it all the same with --allow-unsafe (allow_unsafe=True)"
    )
