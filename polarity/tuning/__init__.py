"""Numbers that are fitted on labelled data: a policy's, a checkpoint's temperature, an LLM's label offsets.

Each in one line, from the files to what is written: `calibrate_checkpoint`, `calibrate_prompt`,
`fit_contract_policy`. Two fit nothing that stays: `try_policy` measures what a policy is worth, `try_prompts`
what ways of asking are.
"""

from polarity.tuning.checkpoint_calibration import CheckpointCalibration, calibrate_checkpoint
from polarity.tuning.contract_fitting import ContractFit, fit_contract_policy
from polarity.tuning.policy_fit import Plan
from polarity.tuning.policy_trial import PolicyTrial, try_policy
from polarity.tuning.prompt_calibration import CalibrationPlan, PromptCalibration, calibrate_prompt
from polarity.tuning.prompt_trial import PromptTrial, try_prompts

__all__ = [
    "CalibrationPlan",
    "CheckpointCalibration",
    "ContractFit",
    "Plan",
    "PolicyTrial",
    "PromptCalibration",
    "PromptTrial",
    "calibrate_checkpoint",
    "calibrate_prompt",
    "fit_contract_policy",
    "try_policy",
    "try_prompts",
]
