"""Rules for Chinese abuse, with its disguises and innocent look-alikes.

They know insults that mean nothing else.
"""

from __future__ import annotations

import re

from bot.safety.featurizer import strip_disguise

_KIN = "(?:妈|马|吗|娘|爸|爹|祖宗|奶奶|大爷|二大爷|老母|老妈|全家|妹|仙人)"
# Each with what makes it innocent: 白痴 is also a novel, 废物 is sorted and used again, 草泥马 is also an animal.
_ABUSE = re.compile(
    "|".join(
        (
            r"[傻煞沙莎](?:[逼比笔屄叉×](?![萨赛])|[xb](?![a-z]))|傻[缺吊屌狗鸟]|(?<![a-z])(?<=[你他她它个是大真死群帮吧^])sb(?![a-z0-9])",
            rf"[操草艹肏槽曹c日](?:你|尼|泥|她|他){_KIN}(?!是一?种)|草泥马(?!是|的?网络)|干你(?:娘|妈的|老母|全家)|日你",
            rf"(?:去|滚|尼|^|[,。!?，！？])(?:你|他)(?:妈|马)(?:的|逼|了个|蛋)|他妈的?(?=[有是真就算怎什傻智])|去(?:你|他){_KIN}的|滚你",
            r"你妈的?(?:死了|没了|逼|比|b|傻|智障|$)|尼玛(?!县|扎|措|次|币|地区)|妈的智障|[卧我]槽尼|(?:死|没)(?:妈|马)(?:东西|玩意|了吧)|死全家",
            r"(?<![a-z])(?:nmsl|w?c?nmd|w?cnmd?|cnm(?:b|lgb)?|rnm|mlgb|tmd|wdnmd|nmb|mmp|zz东西)(?![a-z])",
            r"(?<![想要失会能])去死(?!亡|者|海|记|人|了)",
            r"脑残|弱智|智障(?!人士|人群|者|儿童|患者|学生|孩|老人)|白痴(?!是|》|里|的?作者)|蠢[货猪驴材]|废物(?!利用|回收|处理|箱|桶|再|分)",
            r"贱[人货逼婊种](?!多)|婊子|杂种(?!优势|犬|狗|水稻|后代)|人渣|王八(?:蛋|羔子)|狗[日娘](?:的|养)|狗(?:东西|杂种|屎东西)|龟[儿孙]子?",
            r"骚[货逼]|荡妇|(?:黑|白皮|矮)鬼(?!故事|屋|火)|死(?:肥|胖|娘|三|基|变)(?:猪|子炮|炮|八|佬|态)|死gay|(?:你|们|这|是|群|帮)个?畜生|鸡巴|傻屌|装逼犯|滚犊子",
            r"(?:脑子|脑袋)(?:有坑|进水|被驴踢|有屎|有病)|(?:你|都)(?:他妈)?有病(?=吧|啊|$)|(?:垃圾|智障|废物|傻)(?:机器人|东西|玩意|程序|软件|ai)",
            r"(?:女人|男人|女的|黑人|日本人|[东南西北河湖山广海江云贵四甘新][北南西东川苏浙徽肃疆藏建海州门]人)(?:全|都|就)(?:是|他妈|很|贱)"
            r"[^,。!?]{0,4}(?:骗子|贱|小偷|垃圾|猴子|畜生|狗|猪|变态|$)(?<!是)",
            r"同性恋[^,。!?]{0,3}(?:变态|恶心|有病|该死)|没一?个好东西",
        )
    )
)


def find_abuse(text: str) -> list[str]:
    """Return the pieces of a Chinese text that are abuse by rule, in order.

    Disguises are removed first.

    >>> find_abuse("你这个傻 逼"), find_abuse("逼真的画面，操场上的人")
    (['傻逼'], [])
    """
    return [found[0] for found in _ABUSE.finditer(strip_disguise(text))]
