"""A made-up plant whose machines fail visibly, for demonstrations, tests and benchmarks.

Read in this order:

- ``catalogue``  the four machine classes: sensors, components, what wears how fast (facts only)
- ``jobs``       what a job on each component takes, and when production releases the machines
- ``machines``   one individual machine drawn from its class
- ``wear``       components that wear, start to fail, and fail
- ``operation``  one machine's day: running, breaking down, being serviced
- ``surroundings`` weather, load regimes, and whose turn it is in a pair
- ``oddities``   what happens to single machines on set days
- ``signals``    what the sensors show of it, hour by hour
- ``daily``      one machine's day behind what the sensors show
- ``plant``      all machines together, day by day; may be repaired while it runs
- ``truth``      how likely each failure is, by the hidden state; for benchmarks only
- ``foresight``  what will become of a machine if nobody intervenes; for benchmarks only
- ``generate``   a finished history as plain rows and arrays; ``export`` writes it as CSV

The package knows neither the application nor the prediction library: what it produces reaches
them only as rows, the way a customer's data would.
"""

from __future__ import annotations

from sample_data.generate import generate
from sample_data.plant import Day, Plant
from sample_data.rows import SamplePlant

__all__ = ["Day", "Plant", "SamplePlant", "generate"]
