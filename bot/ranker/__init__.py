"""Which candidate is the best reply, and how sure that is: one probability for candidates of every source."""

from bot.ranker.baselines import Calibrated, Fused
from bot.ranker.learned import Learned

__all__ = ["Calibrated", "Fused", "Learned"]
