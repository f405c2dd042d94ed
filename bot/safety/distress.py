"""Rules that recognise distress in both languages.

They find people who may hurt themselves, and people hurt by others.

They look for statements in the first person, and pass over figures of speech ("这题想死了", "dying of laughter").
"""

from __future__ import annotations

import re
from typing import Literal

from data.text.clean import fold

Distress = Literal["harm", "abuse"]

_ZH_HARM = (
    r"(?<![你谁])不想(?:再|继续)?活(?=$|[了下着,。!?])|活不下去|活够了|(?<![题课业程书到人得不])(?:想死|想去死|想要去死|好想死)(?!你|我|他|她|她|啦)(?=$|"
    r"[了的,。!?，！？~…]|算了|吧)",
    r"(?:想|要|想过|准备|打算|试过|考虑)自杀(?!率|者)|自杀(?:的(?:念头|想法|冲动)|过|未遂)|(?:想|要)轻生|轻生的?(?:念头|想法)",
    r"(?:结束|了结|放弃)(?:掉)?(?:(?:我|自己)的?)?(?:生命|这条命)|(?:写好?|写下)了?遗书|不如死了|死了算了|一死了之",
    r"(?:我|又|想|刚才?|忍不住|一直在|总是|经常)[^,。!?]{0,8}(?:割腕|自残|(?:伤害|弄伤|割)自己)|(?:划|割|烫)(?:伤|破)?了?(?:我)?自己的?(?:手|胳膊|腿)",
    r"(?:想|要|准备)(?:从[^,。!?]{1,6})?跳(?:下去|楼(?!机|价|甩)|河|桥|江)|(?:想|要)(?:上吊|烧炭)",
    r"安眠药[^。!?]{0,10}(?:一次|全部?|都|一起)[^。!?]{0,4}[吃吞]|[吃吞]了?(?:下)?(?:一整?瓶|很多|一把|过量)的?(?:安眠)?药",
    r"活着[^,。!?]{0,4}(?:没有?|还有(?:什么)?|有什么)[^,。!?]{0,3}(?:意义|意思|用)|活(?:着|得)(?:真|好|太|很)?(?:累|痛苦)",
    r"没有我[^。!?]{0,10}(?:更好|好过|轻松|解脱|幸福)|我(?:要是|如果)?死了?[^。!?]{0,10}(?:没有?人|就好|解脱|一了百了)",
    r"(?:想|要)(?:离开|告别)(?:这个|人)?(?:人世|世间|世界)|(?:想|要)[^。!?]{0,6}(?:从|在)(?:这个)?世界上?消失|(?:想|要)[^。!?]{0,8}(?:一睡不醒|再也不醒|"
    r"不要醒来)",
    r"怎么死[^。!?]{0,4}(?:不痛|不疼|不难受|没有?痛苦|最快)|无痛(?:自杀|死亡|的死)",
)
_ZH_WHO = (
    r"(?:爸|妈|父亲?|母亲?|老公|老婆|丈夫|妻子|男友|女友|男朋友|女朋友|对象|继父|后爸|后妈|哥|姐|叔叔?|伯伯?|舅舅?|爷爷|老师|教练|同学|室友|前任|前夫"
    r"|他|她|他们|有人|别人|亲戚|邻居|老板|领导)"
)
_ZH_ABUSE = (
    rf"{_ZH_WHO}[^,。!?]{{0,8}}(?:(?:殴|毒|动手)?打(?:我(?!电话|主意|微信|招呼|的|脸)|人)|[揍抽踢掐踹扇]我(?!的)|虐待我|家暴|欺负我|霸凌|欺凌"
    r"|强迫我[^,。!?]{0,4}(?:发生|做|上床|脱|性)|(?:侵犯|猥亵|骚扰|强奸)我|摸我(?!的头|头))",
    r"我[^,。!?]{0,6}被[^,。!?]{0,6}(?:家暴|强奸|强暴|性侵|猥亵|性骚扰|虐待|霸凌|校园欺凌|殴打|迷奸)",
)
_EN_HARM = (
    r"\bi (?:(?:just|really|kinda|do|still|honestly|only|am|im) )*(?:want|wanna|wish|need|plan|intend|going|gonna|"
    r"decided)(?: to)?(?: (?:just|go))*"
    r" (?:die|be dead|kill myself|end (?:it all|my life|it)|hang myself|not (?:be alive|exist)|disappear forever)"
    r"\b(?! (?:laughing|peacefully|old|of|from|rich|a)\b)",
    r"\b(?:im|i am|ill|i will)(?: going to| gonna)? (?:kill myself|hang myself|end (?:my life|it all)|jump (?:off|"
    r"from) (?:the|a) (?:bridge|building|roof))"
    r"\b(?! if)|\bi (?:want|wanna|plan)(?: to)? jump (?:off|from|in front of) (?:the|a) (?:bridge|building|roof|train)",
    r"\b(?:thinking|think|thought|thoughts|dream|fantasi[sz]e)\b(?: a lot| all the time)? (?:about|"
    r"of) (?:committing )?(?:suicide|killing myself|ending (?:my life|it all))",
    r"\b(?:i|im|me)\b(?: \w+){0,3} suicidal\b|\b(?:end|ending|take|taking) my own life\b|\bend my life\b",
    r"\b(?:been|keep|started|stop|cant help) (?:cutting|hurting|harming|burning) myself\b(?! (?:a|some|off)\b)|"
    r"\bi (?:want|need) to (?:hurt|harm|cut) myself\b",
    r"\bi (?:hurt|cut|harm|burn) myself (?:when|because|on purpose|again|to feel|every)\b|"
    r"\bi\b(?: \w+){0,3} self ?harm(?:ing|ed)?\b",
    r"\bi (?:really )?(?:dont|do not) (?:want|wanna)(?: to)? (?:live|be alive|exist|be here|go on living|"
    r"wake up)(?: any ?more| any longer)?(?= *(?:$|[,.!?;:]))",
    r"\bbetter off (?:without me|if i (?:was|were) (?:dead|gone)|dead)\b|\b(?:no reason|nothing left|"
    r"nothing)(?: for me)? to (?:live|be alive|go on)\b|\bnothing to live for\b",
    r"\b(?:(?:my )?life (?:isnt|is not|is no longer)|not) worth living\b|\bi wish i (?:was|were|had) (?:dead|"
    r"never been born|never born|never woken)",
    r"\bwish i (?:was|were) never born\b|\b(?:nobody|no one|noone) would (?:even )?(?:miss|care|"
    r"notice)\b[^.!?]*\bif i (?:was|were|died|disappeared|wasnt)",
    r"\btake (?:them all|all (?:of )?(?:the|my|these|them)\b)[^.!?]*|\btook (?:too many|all (?:my|the)|"
    r"a whole bottle of) pills\b|\boverdose on purpose\b",
    r"\bpainless(?:ly)?\b[^.!?]{0,14}\bto (?:die|kill myself)\b|\b(?:how to|ways to) kill myself\b|\b(?:sleep|"
    r"bed) and never wake up\b",
    r"\bi (?:wrote|have written|am writing)(?: \w+){0,2} (?:goodbye|suicide|farewell) (?:letter|note)\b|\bi (?:tried|"
    r"attempted) (?:to kill myself|suicide)\b",
)
_EN_WHO = (
    r"(?:dad|daddy|father|mom|mum|mother|husband|wife|boyfriend|girlfriend|partner|ex|step ?(?:father|dad|mother|mom|"
    r"mum|brother)|uncle|aunt|grandfather"
    r"|grandpa|brother|sister|cousin|teacher|coach|boss|parents?|neighbou?r|classmates?|roommate|he|she|they|someone|"
    r"somebody)"
)
_PLAY = (
    r"(?! (?:at|in (?:every|all|the (?:game|race|match|final))"
    r"|to (?:it|the)|that|up (?:on|for|about)|with (?:a|the|his|her) (?:idea|question|bill|ball))\b)"
)
_EN_ABUSE = (
    rf"\b{_EN_WHO}(?: (?!never|didnt|doesnt|not)\w+){{0,3}} (?:hits?|beats?|beat|punche[sd]|kick(?:s|ed)|slap(?:s|"
    rf"ped)|choke[sd]|strangle[sd]|abuse[sd]|rape[sd]|molest(?:s|ed)|assaulted"
    rf"|threaten(?:s|ed) to (?:hurt|kill|hit)|hurts|bull(?:ies|ied)) me\b{_PLAY}",
    rf"\b{_EN_WHO}(?: \w+){{0,3}} (?:touch(?:es|ed|ing)|grop(?:es|ed|ing)) me\b|"
    rf"\b{_EN_WHO}(?: \w+){{0,3}} force[sd]? me to (?:have sex|sleep with|touch|undress|do things)",
    r"\b(?:i|ive|im) (?:(?:was|am|got|have|been|being|get) )*(?:(?:sexually|physically|badly|repeatedly|once|"
    r"almost) )*(?:raped|abused|molested|assaulted|harassed"
    r"|beaten up|bullied)\b(?! at (?:chess|tennis|football))",
)
_RULES: tuple[tuple[Distress, re.Pattern[str]], ...] = (
    ("harm", re.compile("|".join(_ZH_HARM))),
    ("harm", re.compile("|".join(_EN_HARM))),
    ("abuse", re.compile("|".join(_ZH_ABUSE))),
    ("abuse", re.compile("|".join(_EN_ABUSE))),
)
_APOSTROPHE = re.compile("['’]")
_APART = re.compile(r"[\s\-]+")


def find_distress(text: str) -> tuple[Distress, str] | None:
    """Return the kind of distress that the text tells of, with the words that say so.

    The result is None if it tells of none.

    "harm" comes before "abuse" where both are said.

    >>> find_distress("我不想活了"), find_distress("My husband beats me."), find_distress("I'm dying of laughter")
    (('harm', '不想活'), ('abuse', 'husband beats me'), None)
    """
    plain = _APART.sub(" ", _APOSTROPHE.sub("", fold(text)))
    for kind, rule in _RULES:
        if found := rule.search(plain):
            return kind, found[0]
    return None
