"""The two bundles, run on this machine as Elastic Beanstalk would run them: `make rehearse`.

`__main__` makes bundles and environments and enters a network of its own; `run` starts the world and its checks.
Product code never imports this package.
"""
