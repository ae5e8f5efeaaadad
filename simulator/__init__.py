"""netgross."""
