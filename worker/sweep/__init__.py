"""Heals, every minute: the sweep itself, and what tells it the time, here and on Beanstalk."""
