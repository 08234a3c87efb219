"""How many rows are enough: one table, with the reason beside each number.

With fewer nothing is passed, failed, fitted or said: what is seen would be mostly luck.
"""

# Rows for a gate: with fewer, the 95 % interval of a share may be wider than 19 points.
FOR_A_GATE = 100

# Rows of one part, as of a label, a capability, a slice: with fewer, the interval of a share may be wider
# than 34 points. Less than of the whole, since a part's rows are dear: a hundred of them may take thousands.
FOR_A_PART = 30

# Completions of a contract's corpus: a reader chose and labelled each, and one that is misread is news.
FOR_A_CORPUS = 1

# Texts on which two sides differ in their labels, before a direction is tested: of fewer, chi-square
# says too much.
FOR_A_DIRECTION = 25

# Texts for a checkpoint's temperature: twenty in each of the fifteen bins that its error is measured over.
FOR_A_TEMPERATURE = 300

# Texts for a policy: each of five folds is decided by one that was fitted on 160 texts.
FOR_A_POLICY = 200

# Texts of each label among these: four in each of five folds.
FOR_A_POLICYS_LABEL = 20

# Texts that bear on one of a policy's numbers: one chosen by fewer follows single texts.
FOR_A_POLICYS_NUMBER = 20


def too_many_failures(n: int, failed: int) -> bool:
    """Say whether too little is known to judge: there are no rows, or more than half of `n` failed.

    Every gate asks this first; a run for which it holds is inconclusive.

    >>> too_many_failures(0, 0), too_many_failures(10, 5), too_many_failures(10, 6)
    (True, False, True)
    """
    return not n or 2 * failed > n
