"""Scaling, proven without AWS: the shipped policy on simulated days, and on real instances with real traffic."""
