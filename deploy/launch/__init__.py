"""`make deploy STAGE=…` and `make destroy STAGE=…`: a stage of the portal in an AWS account, step by step.

A stage is a file of deploy/stages/ (`stage`). `up` and `down` are the orders of steps. What they are made of:
`preflight` looks before anything is touched; `stacks` changes stacks by change sets that are shown first; `versions`
cuts and uploads bundles; `smoke` uses the portal as a person would.
"""
