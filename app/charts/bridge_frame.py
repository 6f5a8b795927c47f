"""Where the bars of the bridge begin and how far the longest reaches."""

LANE = 20
"""Height of a lane [px]."""

LEFT, ACROSS = 0.25, 0.38
ACROSS_PHONE = 0.5
"""Left edge of the bars and the width of the dearest one, as shares of the width; on a phone they begin at 0."""
