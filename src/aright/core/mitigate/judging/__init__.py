"""Judges for others: what a look means to programs that carry releases out themselves."""
