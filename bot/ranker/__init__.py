"""Ranking: one probability, comparable across sources, for each candidate."""

from bot.ranker.baselines import ReciprocalRankFusion, SourceScores
from bot.ranker.learned import LearnedRanker

__all__ = ["LearnedRanker", "ReciprocalRankFusion", "SourceScores"]
