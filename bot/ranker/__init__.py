"""Which candidate is the best reply, and how sure that is: one probability for candidates of every source."""

from bot.ranker.baselines import ReciprocalRankFusion, SourceScores
from bot.ranker.learned import LearnedRanker

__all__ = ["LearnedRanker", "ReciprocalRankFusion", "SourceScores"]
