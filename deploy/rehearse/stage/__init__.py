"""The stage: RDS and AWS, the instances behind their balancer, and what the stores really hold."""
