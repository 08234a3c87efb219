"""Numbers about numbers: intervals, gates, margins, calibration."""
