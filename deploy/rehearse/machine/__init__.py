"""One machine: its network, its process 1, nginx, and what Beanstalk runs on it."""
