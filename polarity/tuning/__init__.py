"""Numbers that are fitted on labelled data: a policy's, a checkpoint's temperature."""
