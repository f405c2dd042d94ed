"""English abuse by rule: words of the list and their disguises at word boundaries, and insults that are aimed at "
"somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable

from data.text.clean import fold

# Words of the list that also name something innocent: anatomy, medicine, animals, names, plain words. Alone they offend nobody.
INNOCENT = frozenset(
    """
    anal|anus|ass|autoerotic|babeland|bareback|barenaked|bastinado|bbw|beaver cleaver|big black|birdlock|blonde action
    blue waffle|bondage|boob|boobs|busty|butt|camel toe|cialis|circlejerk|clitoris|clover clamps|cock|cocks|coon|coons
    cornhole|creampie|cum|date rape|daterape|deep throat|dick|dingleberry|dingleberries|dog style|dolcett|domination
    dominatrix|double dong|dp action|dvda|ecchi|ejaculation|erotic|erotism|escort|eunuch|fecal|figging|fingering
    foot fetish|futanari|gay sex|genitals|girl on|girl on top|god damn|grope|group sex|g-spot|guro|hard core|hardcore
    hentai|homoerotic|hooker|horny|hot carl|hot chick|how to kill|how to murder|huge fat|humping|incest|intercourse
    jelly donut|juggs|kinbaku|kinky|leather restraint|lemon party|lolita|lovemaking|make me come|masturbate
    masturbating|masturbation|menage a trois|missionary position|mong|mound of venus|mr hands|nawashi|negro|neonazi
    nipple|nipples|nsfw|nsfw images|nude|nudity|nutten|octopussy|omorashi|orgasm|orgy|paedophile|panties|panty
    pedophile|pegging|penis|phone sex|playboy|pleasure chest|poof|poon|porn|porno|pornography|prince albert piercing
    pubes|pussy|quim|rape|raping|rapist|rectum|rosy palm|sadism|santorum|scat|scissoring|semen|sex|sexo|sexy|sexual
    sexually|sexuality|shibari|shota|shrimping|skeet|snatch|snowballing|sodomize|sodomy|spastic|spunk|strap on|strapon
    strappado|strip club|style doggy|suck|sucks|suicide girls|sultry women|swastika|swinger|tainted love|taste my
    tea bagging|threesome|throating|tied up|tit|tits|titty|titties|tongue in a|topless|tushy|twink|twinkie|undressing
    urethra play|urophilia|vagina|viagra|vibrator|violet wand|voyeur|voyeurweb|voyuer|vulva|wet dream|white power
    wrapping men|wrinkled starfish|xx|xxx|yaoi|yiffy|zoophilia|alabama hot pocket|alaskan pipeline|ball sack
    bullet vibe|barely legal|brown showers|spread legs
    """.replace("\n", "|").replace("    ", "").strip("|").split("|")
)  # fmt: skip
# What the list lacks of its own words: their forms, and newer ones.
_FORMS = """
    fucker fuckers fucked fucks fuckwit fuckhead fuckface motherfuckers motherfucking mothafucka mofo fuk fck fcking fuking phuck
    fcuk stfu gtfo shits shithead shithole shitface shitbag bullshitter biatch bitchy bitching bastards arse arses arseholes
    assholes asshat dumbass jackass smartass fatass dickhead dickheads dickwad cunts cuntface niggas niggers faggots fags retard
    retards retarded whores sluts slutty wanker wankers wanking twats douche douchebag scumbag scumbags pricks tossers cocksucker
    kys effing
""".split()
_STRONG = frozenset(
    "fuck shit bitch cunt asshole nigger nigga faggot fag whore slut wanker bastard motherfucker bullshit".split()
)
_LOOKS = str.maketrans("01345@$!|©+7", "oieasasiictt")
_TOKEN = re.compile(r"[a-z0-9@$!|©*#'🖕]+")
_PIECE = re.compile(r"[a-z0-9@$|©]+|[,.!?;:]")
_SPACED = re.compile(r"(?<![a-z0-9@$*])(?:[a-z@$*][\s._*-]+){2,}[a-z](?![a-z0-9])")
_DOUBLE = re.compile(r"(.)\1+")
_MILD = (
    "idiot|moron|imbecile|loser|fool|scum|trash|garbage|vermin|pig|cow|twit|dimwit|freak|creep|jerk|clown|prick|dick|"
    "ass|cock"
)
_LOW = "stupid|dumb|brainless|pathetic|worthless|useless|disgusting|ugly|idiotic"
_ABOUT = f"{_LOW}|retarded|filthy|fat|little|old|absolute|total|complete"
_GROUP = (
    "(?:women|men|gays?|lesbians|gay people|homosexuals|transgender people|blacks?|whites|(?:black|white|brown|those|"
    "these) people|"
    "asians|chinese|indians|mexicans|arabs|africans|jews|muslims|christians|immigrants|refugees|foreigners|blondes|"
    "old people)"
)
_AIMED = re.compile(
    "|".join(
        (
            rf"\b(?:you(?: a|')?re|youre|u r|ur|you) (?:(?:just|such|really|so|all|nothing but|full of|one|both|the|"
            rf"an?|{_ABOUT}|bloody|damn) )*"
            rf"(?:{_MILD}|{_LOW})s?\b(?! (?:question|mistake|enough to|of me))",
            rf"\b(?:what an?|such an?|an? (?:complete|absolute|total)) (?:(?:{_ABOUT}) )*(?:{_MILD})\b(?= (?:you|"
            rf"u)\b|$|[!.])",
            rf"\b(?:shut up|shut it|get lost|go away|be quiet)\W+(?:you )?(?:(?:{_ABOUT}) )*(?:{_MILD}|stupid|robot|"
            rf"bot)\b",
            r"\b(?:stupid|dumb|useless|worthless|idiotic|pathetic|brainless|trash|garbage) (?:bot|robot|chatbot|"
            r"machine|ai)\b(?! learning)",
            r"\b(?:kiss|bite|lick|suck|eat) my (?:ass|arse|butt|dick|cock|balls)\b|\beat (?:a )?dicks?\b|"
            r"\bsuck (?:a )?dicks?\b|\bdick head\b",
            r"\b(?:show|send)(?: me| us)? (?:(?:your|some|more) )*(?:tits|boobs|pussy|nudes?|breasts|dick)\b",
            r"\b(?:hope|wish) (?:that )?(?:you|u|they|she|he)(?: all)? (?:(?:get|have) cancer|die|dies|rot|burn|"
            r"get raped)\b|\b(?:you|they) should (?:just )?die\b",
            r"\b(?:go|why dont you|should|please|just)(?: go)?(?: and)?(?: just)? kill yourself\b|"
            r"\bdrop dead\b(?! gorgeous)|\bburn in hell\b|\bgo to hell\b(?! and back)",
            r"\b(?:screw|damn|curse) (?:you|u)\b|\bpiss off\b|\b(?:you|u) disgust me\b|\bgo back to (?:where (?:you|"
            r"they) came from|your (?:own )?country)\b",
            rf"\b{_GROUP} (?:are|r) (?:(?:all|just|nothing but|such|so|a bunch of|dirty|filthy|stupid) )*"
            r"(?:animals|vermin|parasites|monkeys|apes|disgusting|scum|trash|garbage|inferior|subhuman|filth|rats|"
            r"criminals|terrorists|"
            r"thieves|whores|idiots|stupid|pigs|dogs|savages|perverts|sick|sinners|evil|lazy|dirty)\b",
            r"\b(?:those|these|such) people are (?:vermin|animals|scum|parasites|filth|subhuman)\b",
        )
    )
)


class English:
    """The rules with the words of a list."""

    def __init__(self, words: Iterable[str]) -> None:
        listed = {fold(word) for word in words} - INNOCENT
        self._single = {word for word in listed if " " not in word} | set(_FORMS)
        self._phrases = sorted(word for word in listed if " " in word)

    def find_abuse(self, text: str) -> list[str]:
        """Return the pieces of an English text that are abuse by rule.

        >>> English(["shit", "ass"]).find_abuse("sh1t, the b.i.t.c.h class")
        ['shit', 'bitch']
        >>> English(["shit"]).find_abuse("shitake, and assess it")
        []
        """
        straight = fold(text).replace("’", "'")
        found = [name for token in _TOKEN.findall(straight) if (name := self._match_listed(token))]
        for run in _SPACED.findall(straight):
            joined = re.sub(r"[\s._-]+", "", run).translate(_LOOKS)
            found += [word for word in sorted(_STRONG | {"fuckyou"}) if word in joined and word not in found][:1]
        plain = " ".join(_unmask(token) for token in _PIECE.findall(straight.replace("'", "")))
        padded = f" {plain} "
        found += [phrase for phrase in self._phrases if f" {phrase} " in padded]
        return found + [match[0] for match in _AIMED.finditer(plain)]

    def _match_listed(self, token: str) -> str | None:
        """Return the listed word that a token is, or is a disguise of."""
        token = token.strip("'!|") or token
        if token in self._single:
            return token
        if token.endswith("'s") and token[:-2] in self._single:
            return token[:-2]
        bare = token.translate(_LOOKS)
        if "*" in token or "#" in token:
            return self._match_masked(bare)
        if bare != token and any(character.isalpha() for character in token) and bare in self._single:
            return bare
        # "fuuck" after folding: letters that were drawn out.
        single = _DOUBLE.sub(r"\1", bare)
        return single if single != bare and single in _STRONG else None

    def _match_masked(self, token: str) -> str | None:
        if sum(character.isalpha() for character in token) < 2:
            return None
        pattern = re.compile("".join("[a-z]?" if character in "*#" else re.escape(character) for character in token))
        return next(
            (word for word in sorted(_STRONG | self._single) if len(word) > 3 and pattern.fullmatch(word)), None
        )


def _unmask(token: str) -> str:
    return token.translate(_LOOKS) if any(character.isalpha() for character in token) else token
