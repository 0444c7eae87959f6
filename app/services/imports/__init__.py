"""Files of a plant's own data, from text to rows: shared by the pages and the command line.

`kinds.KINDS` says what may be imported; `csvfile` reads any usual text, `mapping` guesses what a
column is, one file a kind brings the rows in through the same deeds as every other door.
"""

from __future__ import annotations
