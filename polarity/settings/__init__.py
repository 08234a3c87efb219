"""Settings: flag over `POLARITY_*` environment over `polarity.toml` over default.

The only reader of the environment. Nested keys join with two underscores:
`POLARITY_LLM__BASE_URL` is `base_url` under `[llm]` in the file. An unknown key is an error.
"""

from polarity.settings.llm import LlmSettings
from polarity.settings.loading import cache_folder, changed_llm, load_settings
from polarity.settings.review import ReviewSettings
from polarity.settings.schema import (
    MOST_MEASURED_S,
    BertSettings,
    ServiceSettings,
    Settings,
    checkpoint_source,
)
from polarity.settings.store import StoreSettings
from polarity.settings.watch import WatchSettings

__all__ = [
    "MOST_MEASURED_S",
    "BertSettings",
    "LlmSettings",
    "ReviewSettings",
    "ServiceSettings",
    "Settings",
    "StoreSettings",
    "WatchSettings",
    "cache_folder",
    "changed_llm",
    "checkpoint_source",
    "load_settings",
]
