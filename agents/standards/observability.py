"""BE-OBS-1..3, judged on the log lines, the metrics and the health checks."""

import re

from remit.agents.standards.rows import no_contract
from remit.agents.standards.verdict import Fault, Verdict, decided, unknown
from remit.agents.standards.work import BackendWork

ALWAYS = ("request_count", "latency", "error_rate")
WRITES = frozenset({"create", "update", "delete"})
_STRUCTURED = re.compile(r"^\s*`?[\w.{}<>*-]+`?\s*:\s*\S+")


def structured(work: BackendWork) -> Verdict:
    """BE-OBS-1: important flows leave a log line with named fields."""
    if not work.observed:
        return unknown("BE-OBS-1", work.problem("observability"), "observability")
    logs = work.observed.logs
    plain = [line for line in logs if not _STRUCTURED.match(line)]
    faults = [Fault(place="observability: logs", what=f"no named fields: {line}") for line in plain]
    if not logs:
        faults.append(Fault(place="observability: logs", what="no flow is logged"))
    flows = f"{len(logs)} structured log lines: {', '.join(_event(line) for line in logs[:5])}"
    return decided("BE-OBS-1", faults, flows, "observability: logs")


def _event(line: str) -> str:
    return line.partition(":")[0].strip()


def measured(work: BackendWork) -> Verdict:
    """BE-OBS-2: count, latency, errors, refused sign-ins, and queue depth where there are jobs."""
    if not work.observed:
        return unknown("BE-OBS-2", work.problem("observability"), "observability")
    wanted = [*ALWAYS]
    if any(op.protected for op in work.operations):
        wanted.append("auth_failures")
    if any(row.runs_async for row in work.rows):
        wanted.append("queue_depth")
    has = " ".join(re.sub(r"[\s-]+", "_", line.lower()) for line in work.observed.metrics)
    faults = [
        Fault(place="observability: metrics", what=f"{name} is not tracked")
        for name in wanted
        if name not in has
    ]
    return decided("BE-OBS-2", faults, f"tracked: {', '.join(wanted)}", "observability: metrics")


def healthy(work: BackendWork) -> Verdict:
    """BE-OBS-3: the service can be asked whether it is well."""
    if not work.observed:
        return unknown("BE-OBS-3", work.problem("observability"), "observability")
    stated = work.observed.health_checks
    if not stated:
        fault = Fault(place="observability: health_checks", what="there is no health check")
        return decided("BE-OBS-3", (fault,), "", "observability")
    if not work.operations:
        return unknown("BE-OBS-3", no_contract(work), "contract")
    served = {op.path for op in work.operations if op.method == "get"}
    real = [path for line in stated for path in served if _names(line, path)]
    fault = Fault(
        place="observability: health_checks", what=f"the contract does not serve {stated[0]}"
    )
    return decided("BE-OBS-3", () if real else (fault,), f"served: {', '.join(real)}", "contract")


def _names(line: str, path: str) -> bool:
    return path in re.split(r"[\s,;:`()]+", line)
