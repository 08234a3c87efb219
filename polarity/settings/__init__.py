"""Settings: flag over `POLARITY_*` environment over `polarity.toml` over default.

The only reader of the environment. Nested keys join with two underscores:
`POLARITY_LLM__BASE_URL` is `base_url` under `[llm]` in the file. An unknown key is an error.
"""

from polarity.settings.candidates import candidate_settings, overrides_of
from polarity.settings.changes import changed_keys
from polarity.settings.llm import LlmSettings
from polarity.settings.loading import again_by, cache_folder, changed_llm, fixed_by, load_settings
from polarity.settings.review import ReviewSettings
from polarity.settings.schema import (
    MOST_MEASURED_S,
    BertSettings,
    ServiceSettings,
    Settings,
    checkpoint_source,
    config_file,
)
from polarity.settings.shadow import CandidateSettings, PromotionSettings, ShadowSettings
from polarity.settings.store import StoreSettings
from polarity.settings.watch import WatchSettings

__all__ = [
    "MOST_MEASURED_S",
    "BertSettings",
    "CandidateSettings",
    "LlmSettings",
    "PromotionSettings",
    "ReviewSettings",
    "ServiceSettings",
    "Settings",
    "ShadowSettings",
    "StoreSettings",
    "WatchSettings",
    "again_by",
    "cache_folder",
    "candidate_settings",
    "changed_keys",
    "changed_llm",
    "checkpoint_source",
    "config_file",
    "fixed_by",
    "load_settings",
    "overrides_of",
]
