"""What is promised of a run before it starts, and which runs are refused for it."""

from dataclasses import replace
from pathlib import Path

from remit.analysis.kept import Promise, promise
from remit.analysis.safety import PROPERTIES
from remit.graph.manifest import Manifest
from remit.graph.order import Order
from remit.state.errors import Unsafe
from remit.state.place import certificates, default_url


def folder() -> Path | None:
    """Where this user's certificates are kept: beside the default record, if that is a file."""
    return certificates(default_url())


def promised(manifest: Manifest) -> Promise:
    """What is known of every run under a manifest; nothing is proved for it.

    Raises:
        InputError: not even the closed bound is finite.
    """
    return promise(manifest, folder())


def known_safe(order: Order) -> Order:
    """The order, unless its policy is known to fail a safety property and that is not allowed.

    Where it is allowed, the order says which properties fail.

    Raises:
        Unsafe: with the properties.
        InputError: the order could never ship.
    """
    fails = promised(order.manifest()).fails
    if not fails:
        return order
    if order.allow_unsafe:
        return replace(order, unsafe=fails)
    named = "; ".join(f"property {number} ({PROPERTIES[number]})" for number in fails)
    raise Unsafe(
        f"policy {order.policy.name!r}: `remit check` found that it does not keep {named}; "
        "mend the policy, or run it all the same with --allow-unsafe (allow_unsafe=True)"
    )
