"""Numbers about numbers: intervals, gates, margins, calibration, and what tokens cost."""
