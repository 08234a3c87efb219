"""Numbers that are fitted on labelled data: a policy's, a checkpoint's temperature.

Each in one line, from the files to what is written: `calibrate_checkpoint`, `fit_contract_policy`, and
`try_policy`, which fits nothing and measures what a policy is worth.
"""

from polarity.tuning.checkpoint_calibration import CheckpointCalibration, calibrate_checkpoint
from polarity.tuning.contract_fitting import ContractFit, fit_contract_policy
from polarity.tuning.policy_fit import Plan
from polarity.tuning.policy_trial import PolicyTrial, try_policy

__all__ = [
    "CheckpointCalibration",
    "ContractFit",
    "Plan",
    "PolicyTrial",
    "calibrate_checkpoint",
    "fit_contract_policy",
    "try_policy",
]
