"""BE-SEC-1..4, judged on every string of the work, on queries, origins and sign-in."""

import re
from collections.abc import Iterator
from functools import lru_cache

from remit.agents.standards.json_values import Walk, mapping, place, words
from remit.agents.standards.openapi import Operation
from remit.agents.standards.rows import by_rows, in_build, in_contract
from remit.agents.standards.verdict import Fault, Verdict, decided, unknown
from remit.agents.standards.work import BackendWork

SCANNED_MAX = 20_000
"""Characters of one string that are searched."""
_SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"),
    "an access key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "an API token": re.compile(
        r"\b(sk-[A-Za-z0-9_-]{20,}|sk_live_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{30,}"
        r"|xox[abpr]-[A-Za-z0-9-]{10,}|glpat-[A-Za-z0-9_-]{20,}|AIza[0-9A-Za-z_-]{35})"
    ),
    "a signed token": re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
    "a password": re.compile(
        r"""(?i)\b(password|passwd|secret|secret_key|api_?key|token)\s{0,3}[=:]\s{0,3}['"]?"""
        r"""(?=[^\s'"]{0,60}[0-9!@#$%^&*])[^\s'"<>{}]{8,60}"""
    ),
    "credentials in an address": re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,60}:[^\s/@]{3,60}@"),
}  # fmt: skip
_ANSWERED = frozenset(
    {"password", "password_hash", "secret", "secret_key", "client_secret", "private_key", "api_key"}
)
_ENV_FILE = re.compile(r"(^|/)\.env(\.(?!example$|sample$|template$)[\w-]+)?$")


def no_secrets(work: BackendWork) -> Verdict:
    """BE-SEC-1: no secret in contract, tables, code list, log lines or answers."""
    parts = {"contract": work.contract, "data_model": work.data_model, "output": work.output}
    walks = [Walk(part, name) for name, part in parts.items() if _suspect(part)]
    faults = [
        Fault(place=place(link), what=f"holds {name}")
        for walk in walks
        for link, said in walk
        for name in _held(said)
    ]
    faults += [fault for op in work.operations for fault in _answered(op)]
    faults += [
        Fault(place=f"build: {file}", what="an environment file is committed")
        for file in (work.made.files if work.made else ())
        if _ENV_FILE.search(file.strip())
    ]
    if not faults and any(walk.cut for walk in walks):
        return unknown("BE-SEC-1", "the work is too large to be searched in full", "output")
    if not faults and not work.security:
        return unknown("BE-SEC-1", work.problem("security"), "security: secrets")
    kept = work.security.secrets if work.security else ""
    if not faults and not kept.strip():
        return unknown("BE-SEC-1", "where secrets are kept is not stated", "security: secrets")
    return decided("BE-SEC-1", faults, f"no secret was found; {kept}", "output")


def _suspect(part: object) -> bool:
    """Whether it holds a secret, or is too large to say; most work holds none."""
    found = words(part)
    return found is None or any(map(_held, found))


def _held(said: str) -> tuple[str, ...]:
    """What secrets the words hold; those of names and short lines are remembered, they recur."""
    return _searched(said) if len(said) <= _SHORT else _search(said[:SCANNED_MAX])


def _search(said: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in _SECRETS.items() if pattern.search(said))


_SHORT = 120
_searched = lru_cache(maxsize=8_192)(_search)


def _answered(op: Operation) -> Iterator[Fault]:
    """Answers that hand a stored secret out."""
    for response in op.responses:
        if not response.success or response.schema is None:
            continue
        data = op.document.properties(response.schema).get("data", {})
        names = {*op.document.properties(data), *op.document.properties(data.get("items"))}
        if shown := sorted(name for name in names if name.lower() in _ANSWERED):
            yield in_contract(op, f"{response.status} answers with {', '.join(shown)}")


def parameterized(work: BackendWork) -> Verdict:
    """BE-SEC-2: values never become part of a query's text."""
    faults = [
        in_build(row.operation_id, "joins values into the text of a query")
        for row in work.rows
        if row.query_style == "concatenated"
    ]
    return by_rows(work, "BE-SEC-2", faults, "queries are parameterized or made by a mapper")


def origins(work: BackendWork) -> Verdict:
    """BE-SEC-3: cross-origin access is listed; nothing stands for everybody."""
    faults = [
        in_contract(op, f"{response.status} allows every origin")
        for op in work.operations
        for response in op.responses
        if _allows_all(response.node)
    ]
    if not work.security:
        if faults:
            return decided("BE-SEC-3", faults, "", "contract")
        return unknown("BE-SEC-3", work.problem("security"), "security: cors")
    listed = work.security.cors.production_origins
    faults += [
        Fault(place="security: cors", what=f"{origin!r} is a wildcard in production")
        for origin in listed
        if "*" in origin or origin.strip().lower() in ("null", "all", "any")
    ]
    return decided(
        "BE-SEC-3", faults, f"origins: {', '.join(listed) or 'none but our own'}", "security: cors"
    )


def _allows_all(response: object) -> bool:
    for name, header in mapping(mapping(response).get("headers")).items():
        if str(name).lower() == "access-control-allow-origin":
            node = mapping(header)
            schema = mapping(node.get("schema"))
            stated = (node.get("example"), schema.get("const"), schema.get("default"))
            return "*" in stated or "*" in str(schema.get("enum", ""))
    return False


def mature_sign_in(work: BackendWork) -> Verdict:
    """BE-SEC-4: sign-in is a library's or a provider's work, not our own."""
    if not work.security:
        return unknown("BE-SEC-4", work.problem("security"), "security: auth")
    auth = work.security.auth
    if auth.custom:
        fault = Fault(place="security: auth", what=f"home-made sign-in: {auth.scheme}")
        return decided("BE-SEC-4", (fault,), "", "security: auth")
    if not auth.library.strip():
        return unknown("BE-SEC-4", "no library or provider is named", "security: auth")
    return decided("BE-SEC-4", (), f"{auth.scheme} by {auth.library}", "security: auth")
