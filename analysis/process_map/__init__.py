"""The process map: the stages and moves of a policy as they really are, drawn and told.

`passages` reads them off the open positions, `layout` places them as values, `telling` has them in
words.
"""

from remit.analysis.process_map.mapped import ProcessMap, process_map
from remit.analysis.process_map.passages import Passage

__all__ = ["Passage", "ProcessMap", "process_map"]
