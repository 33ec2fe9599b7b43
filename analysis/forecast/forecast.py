"""A forecast as a reader holds it: it shows itself as tables and a picture, and turns into data."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from remit.analysis.forecast.findings import Findings
from remit.analysis.forecast.rows import rows, to_json
from remit.analysis.forecast.tables import forecast_sheet
from remit.state.errors import InputError
from remit.state.markup import Svg, fragment
from remit.state.sheet import plain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Forecast(Findings):
    """What a policy will do to a team that behaves so."""

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values; an end without a bound is null."""
        return to_json(self)

    def to_frame(self) -> "pd.DataFrame":
        """One row for each number, with its interval and its range; needs pandas.

        Raises:
            InputError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise InputError("to_frame needs pandas; install it: pip install pandas") from error
        return pd.DataFrame(list(rows(self)))

    def picture(self) -> Svg:
        """How it ends, what it takes and what moves it most, as SVG; a notebook shows it."""
        # at its first use on a machine it tells of its font cache, on stderr
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        from remit.analysis.forecast.picture import picture

        return Svg(picture(self))

    def __repr__(self) -> str:
        return plain(forecast_sheet(self))

    def _repr_html_(self) -> str:
        return f"{fragment(forecast_sheet(self))}<div>{self.picture()}</div>"
