"""All remedies there are."""

from tests.remedies.celery_on_sqs import CELERY_ON_SQS
from tests.remedies.steps import STEPS

REMEDIES = (*CELERY_ON_SQS, *STEPS)
