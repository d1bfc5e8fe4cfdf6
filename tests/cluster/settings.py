"""The settings of the clusters under test: workers retire often."""

from config.settings import *  # noqa: F403
from config.settings import Q_CLUSTER

Q_CLUSTER["recycle"] = 3
