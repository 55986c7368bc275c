"""Option settings: what Beanstalk documents, what they must be to each other, and the check of ours."""
