"""Real records that come with the package, so that the first run needs no download.

Each record is a CSV file with a note of the same name beside it: where the numbers come from, who owns them,
what was done to them and the figures they must reproduce.
"""

from ._records import shipped_record_names as shipped_record_names, shipped_record_path as shipped_record_path
