"""Status updates drafted from facts."""
