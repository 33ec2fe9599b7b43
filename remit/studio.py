"""The graphs that `langgraph dev` serves and Studio opens (langgraph.json): one for each policy.

`REMIT_DB` names the record, as for every command; without it, it is the user's own.
"""

import os

from remit.door import team_graph

_DB = os.environ.get("REMIT_DB")

team = team_graph(db=_DB)
strict = team_graph(policy="strict", db=_DB)
unattended = team_graph(policy="unattended", db=_DB)
