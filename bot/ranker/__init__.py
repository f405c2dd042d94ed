"""Which candidate is the best reply, and how sure that is: one probability for candidates of every source."""

from bot.ranker.learned import Learned
from bot.ranker.plain import Calibrated, Fused

__all__ = ["Calibrated", "Fused", "Learned"]
