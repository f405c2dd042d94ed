"""Every word of the report, in both languages."""

from __future__ import annotations

from data.records import Language

_BOTH: dict[str, tuple[str, str]] = {
    "self": ("中文", "English"),
    "brand": ("看聊", "Kanliao"),
    "title": ("对话日志评测报告", "Report on the dialog log"),
    "summary": ("{conversations} 段对话，{turns} 轮", "{turns} turns in {conversations} conversations"),
    "masked": ("电话、邮箱、证件号和卡号已遮盖", "telephone, e-mail, identity and card numbers are masked"),
    "unmasked": ("没有遮盖个人信息", "nothing is masked"),
    "footer": (
        "区间是把对话重抽 {rounds} 次的 95% 区间（泊松自助法，每段对话的种子取自它的编号，所以结果可以复现）。百分位数来自固定分箱的直方图，误差不超过 1.1%。",
        "Intervals hold 95% of {rounds} drawings of the conversations (Poisson bootstrap, each conversation's seed taken from its id, so "
        "that it can be repeated). Percentiles come from histograms with fixed bins and are right to within 1.1%.",
    ),
    # sections
    "said": ("说了什么", "What was said"),
    "said_lead": (
        "不需要标准答案就能数出来的。点任何一个数字，看它背后的对话。",
        "What can be counted without knowing the right answers. Click any number to see turns behind it.",
    ),
    "right": ("说得对不对", "Was it right"),
    "right_lead": (
        "只看日志里有参考答案、候选列表或用户标记的那些轮。",
        "Only of turns for which the log has references, candidates or people's marks.",
    ),
    "compared": ("新的更好吗", "Is the new one better"),
    "compared_lead": (
        "同一句话，旧的和新的各怎么答。两边都有的对话每次一起被抽中，所以区间只反映两者的差别。",
        "The same messages, answered by the old one and by the new one. A conversation that both have is drawn in both alike, so the "
        "intervals are those of the difference alone.",
    ),
    "next": ("接下来做什么", "What to do next"),
    "next_lead": ("最值得先补、先改的地方。", "Where a little work helps most."),
    "reading": ("读日志时遇到的", "What the log was like to read"),
    "reading_lead": (
        "没读懂的行被跳过了，别的都算上了。",
        "Lines that made no sense were skipped; everything else was counted.",
    ),
    # tiles and columns
    "turns_read": ("轮数", "Turns"),
    "turns_read_hint": ("一问一答算一轮", "a message and its reply"),
    "of": ("共 {count}", "of {count}"),
    "of_turns": ("{count} 轮", "{count} turns"),
    "all_numbers": ("全部数字", "All numbers"),
    "number": ("数字", "Number"),
    "value": ("值", "Value"),
    "interval": ("95% 区间", "95% interval"),
    "no_interval": ("无区间", "no interval"),
    "of_how_many": ("基数", "Of"),
    "better": ("哪边好", "Better"),
    "more": ("越高越好", "higher"),
    "less": ("越低越好", "lower"),
    "over_time": ("随时间变化（{step}）", "Over time, {step}"),
    "step_1": ("按天", "by day"),
    "step_7": ("按周", "by week"),
    "step_28": ("按四周", "by four weeks"),
    "step_364": ("按年", "by year"),
    "d_turns": ("轮数", "Turns"),
    "d_fallback_rate": ("答不上来", "Unanswered"),
    "d_liked": ("点赞", "Likes"),
    "d_disliked": ("点踩", "Dislikes"),
    "d_mismatch_rate": ("语言不符", "Wrong language"),
    "d_repeated_rate": ("重复回答", "Repeated"),
    "d_latency_mean": ("平均用时", "Mean latency"),
    "by_source": ("按回答来源", "By source of the reply"),
    "source": ("来源", "Source"),
    "share": ("占比", "Share"),
    "turns": ("轮数", "Turns"),
    "liked": ("赞", "Liked"),
    "disliked": ("踩", "Disliked"),
    "length": ("平均字符", "Characters"),
    "hist_latency": ("用时分布", "Latency"),
    "hist_reply_chars": ("回答长度（字符）", "Length of replies, in characters"),
    "hist_message_chars": ("消息长度（字符）", "Length of messages, in characters"),
    "reliability": ("分数可信吗", "Can the scores be trusted"),
    "reliability_hint": (
        "横轴是给出的分数，纵轴是其中真正答对的比例；都在虚线上就是说到做到。圆越大，这一档的分数越多。",
        "Across: the score that was given. Up: how many of those were right. On the dashed line a score means what it says. The larger "
        "a circle, the more scores it stands for.",
    ),
    "score": ("分数", "Score"),
    "score_axis": ("给出的分数", "score that was given"),
    "right_share": ("答对", "Right"),
    "scores_in_bin": ("{count} 个分数", "{count} scores"),
    "scored": ("分数 {from}–{to}", "Score {from}–{to}"),
    # comparison
    "judged": (
        "可比 {aligned} 轮，分出高下 {count} 轮：{old} → {new}",
        "{aligned} turns alike, {count} judged: {old} → {new}",
    ),
    "judged_by": (
        "高下怎么定：有参考答案时看 chrF 谁更接近；只有点赞时，被赞的回答就是参考；都没有时，看回答与问题是否相配（DSSM 余弦）。相差不到 0.01 算平。",
        "How it is judged: with references, by whose chrF is nearer to one; with a like alone, the liked reply is the reference; with "
        "neither, by how well the reply fits the message (cosine of the DSSM). Less than 0.01 apart is a tie.",
    ),
    "win": ("更好", "better"),
    "tie": ("一样", "same"),
    "loss": ("更差", "worse"),
    "differences": ("每个数字变了多少", "What changed"),
    "before": ("旧", "Old"),
    "after": ("新", "New"),
    "difference": ("差", "Difference"),
    "verdict": ("结论", "Verdict"),
    "is_better": ("变好", "better"),
    "is_worse": ("变差", "worse"),
    "is_different": ("有变化", "different"),
    "no_difference": ("看不出差别", "no difference seen"),
    "changes": ("变化最大的二十处", "The twenty largest changes"),
    # what to do
    "unanswered": ("没答上来的问题", "Questions without an answer"),
    "sheet_hint": (
        "意思相近的归在一起，问得最多的在前。下载表格，在 reply 一列填上回答，再用 python -m bot learn 收进来。",
        "Alike questions are put together, the most asked first. Download the sheet, write replies into its column reply, and take it in "
        "with python -m bot learn.",
    ),
    "download_sheet": ("下载问答表", "Download as a FAQ sheet"),
    "phrasings": ("{count} 种问法", "{count} phrasings"),
    "show_all": ("全部 {count} 条", "Show all {count}"),
    "disliked_entries": ("最常被踩的条目", "Entries most disliked"),
    "entry": ("条目", "Entry"),
    "reply": ("回答", "Reply"),
    "fights": ("两个条目在抢的问题", "Questions that two entries fight over"),
    "times": ("次数", "Times"),
    "question": ("问题", "Question"),
    "first_entry": ("一个条目", "One entry"),
    "second_entry": ("另一个条目", "The other"),
    "reasons": ("被踩的原因", "Why people disliked"),
    "reason": ("原因", "Reason"),
    # reading
    "n_refused": (
        "{count} 行没读懂，跳过了；下面是前十行。",
        "{count} lines made no sense and were skipped; the first ten are below.",
    ),
    "n_refused_files": ("{count} 个文件不是日志，没有读。", "{count} files are no logs and were not read."),
    "n_disordered": (
        "{count} 处时间倒着走；次序以文件为准。",
        "{count} times run backwards; the order of the file was kept.",
    ),
    "n_repeated_ids": (
        "{count} 段对话的编号与别的相同，仍各算各的。",
        "{count} conversations have another's id, and still count by themselves.",
    ),
    "place": ("位置", "Place"),
    "why": ("原因", "Why"),
    "given": ("内容", "Given"),
    "file": ("文件", "File"),
    # examples
    "examples_of": (
        "共 {count} 轮，随机取 {shown} 轮",
        "{shown} of {count} turns, drawn evenly; all are in turns.jsonl",
    ),
    "no_examples": ("没有例子。", "There are no examples."),
    "no_reply": ("（没有回答）", "(no reply)"),
    "reference": ("参考", "Reference"),
    "close": ("关闭", "Close"),
    "tag_fallback": ("答不上来", "unanswered"),
    "tag_silent": ("没有回答", "no reply"),
    "tag_asked": ("反问", "asked back"),
    "tag_refused": ("拒绝", "refused"),
    "tag_repeated": ("重复回答", "repeated"),
    "tag_asked_again": ("又问一遍", "asked again"),
    "tag_mismatch": ("语言不符", "wrong language"),
    "tag_loops": ("打转", "goes in circles"),
    "tag_unsafe": ("不当内容", "unsafe"),
    "tag_liked": ("赞", "liked"),
    "tag_disliked": ("踩", "disliked"),
    "tag_slow": ("慢", "slow"),
    "tag_ranked_right": ("首位正确", "right one first"),
    "tag_ranked_wrong": ("首位不对", "wrong one first"),
    "tag_fight": ("两可", "close call"),
}
_METRICS: dict[str, tuple[str, str, str, str]] = {
    "fallback_rate": ("答不上来", "回答里承认不知道的轮", "Unanswered", "Turns whose reply says that it does not know"),
    "silent_rate": ("没有回答", "消息之后什么也没回的轮", "No reply", "Turns in which nothing came back"),
    "ask_rate": ("反问", "请人在几个意思里选一个", "Asked back", "Turns that ask which of several was meant"),
    "refused_rate": ("拒绝", "消息本身不能用（空、过长、被过滤）", "Refused", "The message could not be used: empty, too long, filtered"),
    "asked_again_rate": ("又问一遍", "同一段对话里，一字不差地再问", "Asked again", "The same message once more in one conversation"),
    "repeated_rate": ("重复回答", "同一段对话里，说过的话又说一遍", "Repeated replies", "The same reply once more in one conversation"),
    "loop_rate": ("打转", "一条回答里，一半以上的三词短语是重复的", "Goes in circles", "More than half of a reply's runs of three words are repeats"),
    "mismatch_rate": ("语言不符", "用中文问却用英文答，或反过来", "Wrong language", "Asked in Chinese and answered in English, or the reverse"),
    "unsafe_rate": ("不当内容", "过滤器有话说的轮", "Unsafe", "Turns in which a filter found something"),
    "liked_share": ("好评", "有标记的轮里，点赞的占比", "Liked", "Likes among likes and dislikes"),
    "marked_rate": ("有标记", "被点赞或点踩的轮", "Marked", "Turns that were liked or disliked"),
    "turns_per_conversation": ("每段对话的轮数", "一段对话平均有多少轮", "Turns per conversation", "How long conversations go on"),
    "message_length": ("消息长度", "平均字符数", "Length of messages", "Characters, on average"),
    "reply_length": ("回答长度", "平均字符数", "Length of replies", "Characters, on average"),
    "latency_mean": ("平均用时", "从消息到回答", "Mean latency", "From message to reply"),
    "latency_p50": ("用时中位数", "一半的回答比这快", "Median latency", "Half of the replies are faster"),
    "latency_p90": ("用时 p90", "九成的回答比这快", "Latency p90", "Nine in ten replies are faster"),
    "latency_p99": ("用时 p99", "百分之九十九的回答比这快", "Latency p99", "99 in 100 replies are faster"),
    "distinct_1_zh": ("distinct-1 中文", "不同的字占全部的比例；日志越长越低", "distinct-1 Chinese", "Different characters over all; falls with length"),
    "distinct_2_zh": ("distinct-2 中文", "不同的两字组占全部字数的比例", "distinct-2 Chinese", "Different pairs of characters over all characters"),
    "distinct_1_en": ("distinct-1 英文", "不同的词占全部的比例；日志越长越低", "distinct-1 English", "Different words over all; falls with length"),
    "distinct_2_en": ("distinct-2 英文", "不同的两词组占全部词数的比例", "distinct-2 English", "Different pairs of words over all words"),
    "exact_rate": ("与参考一致", "不计标点大小写", "Exactly a reference", "Leaving out case and punctuation"),
    "bleu_zh": ("BLEU 中文", "0–100，按字，全部合算", "BLEU Chinese", "0–100, by characters, over all texts together"),
    "bleu_en": ("BLEU 英文", "0–100，全部合算", "BLEU English", "0–100, over all texts together"),
    "chrf": ("chrF", "0–100，共有的字符片段", "chrF", "0–100, runs of characters in common"),
    "rouge_l": ("ROUGE-L", "最长公共子序列", "ROUGE-L", "Longest common subsequence"),
    "embedding_average": ("词向量均值", "两边词向量平均后的余弦", "Embedding average", "Cosine of the mean word vectors"),
    "embedding_greedy": ("词向量贪心", "每个词找对面最近的词", "Embedding greedy", "Each word beside the nearest of the other text"),
    "recall_at_1": ("R@1", "正确候选排第一", "R@1", "A right candidate is ranked first"),
    "recall_at_2": ("R@2", "正确候选在前二", "R@2", "Right candidates among the first two"),
    "recall_at_5": ("R@5", "正确候选在前五", "R@5", "Right candidates among the first five"),
    "mrr": ("MRR", "正确候选名次的倒数，平均", "MRR", "One over the rank of the right candidate, on average"),
    "map": ("MAP", "平均精度的平均", "MAP", "Mean average precision"),
    "calibration_error": ("校准误差", "分数与实际对错的平均差（ECE）", "Calibration error", "How far scores are from the truth, on average (ECE)"),
    "vqa_accuracy": ("看图问答", "VQA 准确率，min(人数/3, 1)", "Picture questions", "VQA accuracy, min(people / 3, 1)"),
    "quality": ("回答质量", "见上面的定义，0–1", "Quality", "As defined above, 0 to 1"),
}  # fmt: skip


def _of(place: int) -> dict[str, str]:
    named = {f"m_{name}": given[place * 2] for name, given in _METRICS.items()}
    hints = {f"h_{name}": given[place * 2 + 1] for name, given in _METRICS.items()}
    return {key: given[place] for key, given in _BOTH.items()} | named | hints


PHRASES: dict[Language, dict[str, str]] = {"zh": _of(0), "en": _of(1)}
"""The words by language and key; {name} is a hole for a value."""
